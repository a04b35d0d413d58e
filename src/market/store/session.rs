//! Which session kind a series has: what the user says, else what vendor and symbol tell, else a refusal.

use serde::{Deserialize, Serialize};

use super::symbols::{self, Kind};
use super::vendors::Markets;
use crate::base::calendar::{CustomClose, Session};
use crate::base::diagnostic::{Diagnostic, Result, nearest};

/// A session kind as it is written in commands, strategy files and the catalogue. Empty means: not said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSpec {
    /// One of [`Session::NAMES`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// For `custom` and `crypto`: time of day at which a row is known, as in `17:00`; `00:00` ends the date. For `macro`
    /// with dates of release: the time of release.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub close: Option<String>,
    /// The zone of `close`, as in `America/New_York`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timezone: Option<String>,
    /// For `macro`: days from a row's date to the UTC midnight at which its value is out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release_lag_days: Option<u16>,
}

impl SessionSpec {
    /// A kind by its name, without parameters.
    pub fn named(kind: &str) -> Self {
        Self { kind: Some(kind.to_owned()), ..Self::default() }
    }

    /// A session as it is written.
    pub(super) fn of(session: &Session) -> Self {
        let named = Self::named(session.name());
        match session {
            Session::Macro { release_lag_days } => {
                Self { release_lag_days: Some(*release_lag_days), ..named }
            }
            Session::CryptoCut(close) | Session::Custom(Some(close)) | Session::Released(close) => Self {
                close: Some(close.time.strftime("%H:%M").to_string()),
                timezone: Some(close.timezone.clone()),
                ..named
            },
            _ => named,
        }
    }

    /// The session these words mean for `symbol`.
    ///
    /// # Errors
    /// Where the kind is not said or not known, a parameter does not belong to it, or a needed one is missing.
    pub(super) fn session(&self, symbol: &str) -> Result<Session> {
        let kind = self.kind.as_deref().unwrap_or_default();
        let session = match kind {
            "crypto" => self.stated_close()?.map_or(Session::Crypto, Session::CryptoCut),
            "us-equity" => Session::UsEquity,
            "cboe" => Session::Cboe,
            "futures" => Session::Futures,
            "fx" => Session::Fx,
            "macro" => match self.stated_close()? {
                Some(time) => Session::Released(time),
                None => self.published(symbol)?,
            },
            "custom" => Session::Custom(self.stated_close()?),
            _ => return Err(unknown_kind(kind).into()),
        };
        if self.release_lag_days.is_some() && kind != "macro" {
            return Err(misplaced("a release lag", "macro", kind).into());
        }
        if (self.close.is_some() || self.timezone.is_some()) && !["custom", "crypto", "macro"].contains(&kind)
        {
            return Err(misplaced("a close or a time zone", "custom", kind).into());
        }
        Ok(session)
    }

    fn published(&self, symbol: &str) -> Result<Session> {
        let lag = self.release_lag_days.or_else(|| symbols::release_lag(symbol));
        lag.map(|release_lag_days| Session::Macro { release_lag_days }).ok_or_else(|| {
            Diagnostic::new(format!("{symbol}: when a value is published is not known"))
                .detail("a macro value dated today may be out days or weeks later; used at once, it would see the future")
                .hint("say how many days after its date a value is surely out: `--release-lag DAYS` (in a strategy file `release_lag`)")
                .hint("or import a file that says when each value came out, as ALFRED's vintages do")
                .into()
        })
    }

    fn stated_close(&self) -> Result<Option<CustomClose>> {
        match (&self.close, &self.timezone) {
            (None, None) => Ok(None),
            (Some(close), Some(timezone)) => Ok(Some(CustomClose::new(close, timezone)?)),
            _ => Err(Diagnostic::new("a session with half of its close")
                .hint("give both `close` (`17:00`) and `timezone` (`America/New_York`), or neither: then a row is its UTC day")
                .into()),
        }
    }
}

fn unknown_kind(kind: &str) -> Diagnostic {
    let message = Diagnostic::new(format!("unknown session `{kind}`"));
    match nearest(kind, Session::NAMES.iter().copied()) {
        Some(near) => message.hint(format!("did you mean `{near}`?")),
        None => message.hint(format!("one of {}", Session::NAMES.join(", "))),
    }
}

fn misplaced(what: &str, belongs: &str, kind: &str) -> Diagnostic {
    Diagnostic::new(format!("{what} belongs to session {belongs}, not to {kind}"))
        .hint(format!("leave it out, or say `--session {belongs}`"))
}

/// The session of a file: what the user says, else what the vendor's markets and the symbol tell.
///
/// # Errors
/// As [`SessionSpec::session`], and where nothing tells the session.
pub(super) fn decide(
    file: &str,
    said: &SessionSpec,
    markets: Markets,
    symbol: &str,
    us_listed: bool,
) -> Result<Session> {
    if said.kind.is_some() {
        return said.session(symbol);
    }
    let by_symbol = symbols::kind(symbol).map(|kind| match kind {
        Kind::Crypto => "crypto",
        Kind::Index | Kind::Fund => "us-equity",
        Kind::Volatility => "cboe",
    });
    let told = match markets {
        Markets::Crypto | Markets::Coins => Some("crypto"),
        Markets::Cboe => Some("cboe"),
        Markets::Macro => Some("macro"),
        Markets::UsListed => by_symbol.or_else(|| symbols::looks_us_listed(symbol).then_some("us-equity")),
        Markets::Any => by_symbol.or(us_listed.then_some("us-equity")),
    };
    let Some(kind) = told else {
        return Err(Diagnostic::new(format!("{file}: when {symbol} trades is not known"))
            .detail(
                "neither the file nor the symbol tells, and without it no one can say when a bar was known",
            )
            .hint(format!("say it with `--session` and one of {}", Session::NAMES.join(", ")))
            .into());
    };
    SessionSpec { kind: Some(kind.to_owned()), ..said.clone() }.session(symbol)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(markets: Markets, symbol: &str) -> String {
        decide("x.csv", &SessionSpec::default(), markets, symbol, false).map_or_else(
            |failure| failure.diagnostics()[0].title().to_owned(),
            |session| session.name().to_owned(),
        )
    }

    #[test]
    fn vendor_and_symbol_tell_the_session() {
        for (markets, symbol, expected) in [
            (Markets::UsListed, "IWM", "us-equity"),
            (Markets::UsListed, "AAPL", "us-equity"),
            (Markets::UsListed, "BTC-USD", "crypto"),
            (Markets::UsListed, "^RUT", "us-equity"),
            (Markets::UsListed, "^VIX", "cboe"),
            (Markets::UsListed, "VOD.L", "x.csv: when VOD.L trades is not known"),
            (Markets::UsListed, "^N225", "x.csv: when ^N225 trades is not known"),
            (Markets::Any, "IWM", "us-equity"),
            (Markets::Any, "LEADER", "x.csv: when LEADER trades is not known"),
            (Markets::Crypto, "WHATEVER", "crypto"),
            (Markets::Macro, "DFF", "macro"),
            (Markets::Macro, "CPIAUCSL", "CPIAUCSL: when a value is published is not known"),
        ] {
            assert_eq!(told(markets, symbol), expected, "{markets:?} {symbol}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for session in [
            Session::Crypto,
            Session::UsEquity,
            Session::Cboe,
            Session::Futures,
            Session::Fx,
            Session::CryptoCut(CustomClose::new("16:00", "UTC").unwrap()),
            Session::Macro { release_lag_days: 7 },
            Session::Released(CustomClose::new("08:30", "America/New_York").unwrap()),
            Session::Custom(None),
            Session::Custom(Some(CustomClose::new("17:30", "Asia/Tokyo").unwrap())),
        ] {
            assert_eq!(SessionSpec::of(&session).session("X").unwrap(), session);
        }
    }

    #[test]
    fn parameters_stand_with_their_kind() {
        let lag = SessionSpec { release_lag_days: Some(3), ..SessionSpec::named("crypto") };
        assert!(lag.session("X").unwrap_err().to_string().contains("belongs to session macro"));
        let half = SessionSpec { close: Some("17:00".to_owned()), ..SessionSpec::named("custom") };
        assert!(half.session("X").unwrap_err().to_string().contains("half of its close"));
        insta::assert_snapshot!(SessionSpec::named("us-equty").session("X").unwrap_err(), @r"
        error: unknown session `us-equty`
         |
         = help: did you mean `us-equity`?
        ");
        insta::assert_snapshot!(SessionSpec::named("macro").session("CPI").unwrap_err(), @r"
        error: CPI: when a value is published is not known
         |
         = note: a macro value dated today may be out days or weeks later; used at once, it would see the future
         = help: say how many days after its date a value is surely out: `--release-lag DAYS` (in a strategy file `release_lag`)
         = help: or import a file that says when each value came out, as ALFRED's vintages do
        ");
    }
}
