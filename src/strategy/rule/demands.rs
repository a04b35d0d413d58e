//! What a part of a rule demands of the series it runs on: columns, days that can be counted, dates known ahead. All of
//! it is told before anything is computed, with its place in the text.

use super::functions::{Compute, Function, registry};
use super::graph::{Graph, Length, NodeId, Operation, counts_bars};
use super::lower::unscheduled;
use super::sessions::{bars_a_session, is_intraday};
use crate::base::diagnostic::{Diagnostic, Failure, Result};
use crate::market::series::{Field, Frame, Panel, Series};

impl Graph {
    /// Checks that every part can be computed on a panel.
    ///
    /// # Errors
    /// One message for each part that cannot, with its place.
    pub fn check(&self, panel: &Panel) -> Result<()> {
        let mut errors: Vec<Diagnostic> = Vec::new();
        for error in self.ids().filter_map(|id| self.refusal(id, panel)) {
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        Failure::from_all(errors).map_or(Ok(()), Err)
    }

    /// Why a part cannot be computed on a panel; `None` where it can.
    pub(super) fn refusal(&self, id: NodeId, panel: &Panel) -> Option<Diagnostic> {
        let node = self.node(id);
        match &node.operation {
            Operation::Field(field) => self.lacks(id, panel, &[*field]),
            Operation::Call { function, length, days: true, .. } => {
                self.uncounted(id, &registry()[*function], *length, panel)
            }
            Operation::OfMarket { function, length, days } => {
                let function = &registry()[*function];
                let columns: &[Field] = match function.compute {
                    Compute::HighLowClose(_) => &[Field::High, Field::Low],
                    _ => &[Field::High],
                };
                let uncounted = || self.uncounted(id, function, *length, panel).filter(|_| *days);
                self.lacks(id, panel, columns).or_else(uncounted)
            }
            Operation::Events { function, events, .. } => {
                let dates = panel.events().get(*events)?;
                let unknown = registry()[*function].ahead && !dates.is_scheduled();
                unknown.then(|| unscheduled(dates.name(), |title| self.told_at(id, title, "looks ahead")))
            }
            _ => None,
        }
    }

    fn lacks(&self, id: NodeId, panel: &Panel, fields: &[Field]) -> Option<Diagnostic> {
        let Some(Frame::Series(member)) = self.node(id).frame else { return None };
        let series = &panel.members()[member];
        let field = fields.iter().find(|field| series.column(**field).is_none())?;
        let provenance = series.provenance();
        let prices = if *field == Field::Volume { "" } else { " prices" };
        let title = format!("{} has no {}{prices}", provenance.full_name(), field.name());
        let error = self.told_at(id, title, format!("needs the {} of every bar", field.name()));
        Some(
            error
                .detail(format!("the file {} gives none", provenance.file))
                .hint("import a file that has them, or write the rule on closes"),
        )
    }

    /// Days on bars shorter than a day, of a function that has no window of sessions.
    fn uncounted(
        &self,
        id: NodeId,
        function: &Function,
        length: Length,
        panel: &Panel,
    ) -> Option<Diagnostic> {
        let Some(Frame::Series(member)) = self.node(id).frame else { return None };
        let series = &panel.members()[member];
        if !counts_bars(function.compute) || !is_intraday(series) || matches!(length, Length::All) {
            return None;
        }
        Some(self.written_in_bars(id, function, length, series))
    }

    fn written_in_bars(
        &self,
        id: NodeId,
        function: &Function,
        length: Length,
        series: &Series,
    ) -> Diagnostic {
        let name = series.provenance().full_name();
        let a_day = bars_a_session(series);
        let title = format!("`{}` counts bars, not days, where bars are shorter than a day", function.name);
        let label =
            format!("days of {name}, which has {a_day} bar{} a day", if a_day == 1 { "" } else { "s" });
        let error = self.told_at(id, title, label);
        match length {
            Length::Fixed(days) => {
                let bars = days * a_day;
                error.hint(format!("write `{bars} bars`, which are {days} days of {name}"))
            }
            _ => error.hint(format!(
                "write `-bar` for `-day` and `bars` for `days`, and {a_day} in the braces for each day"
            )),
        }
    }
}
