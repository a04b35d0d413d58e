#![allow(clippy::unwrap_used, clippy::float_cmp)]
use super::*;
use crate::market::store::bars;
use crate::market::store::symbols::FileName;
use crate::market::store::table::{self, Table};
use crate::market::store::vendors::{self, Head};
use proptest::prelude::*;

/// What the quick way reads of `text`, and what the thorough one does.
fn both(text: &str) -> (Option<String>, Option<String>) {
    let name = FileName::default();
    let table = Table::read("x.csv", text).unwrap();
    let (layout, columns) = vendors::recognise("x.csv", &Head::new(&table, &name)).unwrap();
    let demands = Demands { any_value: false, gaps: layout.gaps };
    let quick = read(table::below_header(text), table.header.len(), layout, &columns, demands);
    let thorough = bars::read("x.csv", &table, layout, &columns, demands).ok();
    (quick.map(|bars| format!("{bars:?}")), thorough.map(|bars| format!("{bars:?}")))
}

const BINANCE: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,ignore\n";
const HOURS: &str = "date,open,high,low,close,volume,wap,count\n";

#[test]
fn clean_files_are_read_alike() {
    for text in [
        format!(
            "{BINANCE}1609459200000,4.01,5,3,4.5,10,1609473599999,45,0\n1609473600000,4,5,3,4.5,,1609487999999,x,0\n"
        ),
        format!(
            "{BINANCE}1609473600000,4,5,3,4.5,1e3,1609487999999,45,0\r\n1609459200000,4,5,3,4.5,10,1609473599999,,0"
        ),
        format!(
            "{HOURS}2024-11-27 19:00:00+00:00,4,5,3,4.5,0.0,,\n\n2024-11-27 23:00:00-05:00,4,5,3,4.5,0.0,,\n"
        ),
        format!("{HOURS}2024-11-27 19:00:00Z,4,5,3,4.5,0.0,,\n2024-11-27 19:01:00.5Z,4,5,3,4.5,0.0,,\n"),
        "\u{feff}# a comment\ndate,close\n2024-01-02,0.1\n2024-01-03,123456789012345678\n".to_owned(),
        "observation_date,DTB3\n2024-01-12,5.2\n2024-01-15,\n2024-01-17,.\n2024-01-18,.5\n".to_owned(),
        "DATE,OPEN,HIGH,LOW,CLOSE\n01/02/2024,13,14,12,13.5\n01/03/2024,13,14,12,13.2\n".to_owned(),
    ] {
        let (quick, thorough) = both(&text);
        assert!(quick.is_some(), "{text}");
        assert_eq!(quick, thorough, "{text}");
    }
}

#[test]
fn anything_unusual_is_left_to_the_thorough_way() {
    let header = "date,open,high,low,close,volume\n2024-01-02,10,11,9,10,5\n";
    for row in [
        "2024-01-02,10,11,9,10,5",
        "2024-01-32,10,11,9,10,5",
        "2024-01-03,10,11,9,ten,5",
        "2024-01-03,10,11,9,,5",
        "2024-01-03,10,11,9,nan,5",
        "2024-01-03,10,1e999,9,10,5",
        "2024-01-03,0,11,9,10,5",
        "2024-01-03,10,9,11,10,5",
        "2024-01-03,10,11,9,10,-5",
        "2024-01-03,10,11,9",
        "2024-01-03,10,11,9,10,5,7",
        "2024-01-03, 10,11,9,10,5",
        "\"2024-01-03\",10,11,9,10,5",
        "2024-01-03,1.2.3,11,9,10,5",
        "2024-01-03,.,11,9,10,5",
    ] {
        let text = format!("{header}{row}\n2024-01-04,10,11,9,10,5\n2024-01-05,10,11,9,10,5\n");
        assert_eq!(both(&text).0, None, "{row}");
    }
}

#[test]
fn pieces_end_at_line_ends_and_hold_all() {
    let line = "1609459200000,4.01,5,3,4.5,10,1609473599999,45,0\n";
    let text = line.repeat(3 * PIECE / line.len());
    let cut = pieces(&text);
    assert!(cut.len() >= 3 && cut.iter().all(|piece| piece.ends_with('\n')));
    assert_eq!(cut.concat(), text);
    assert_eq!(pieces(""), [""]);
}

proptest! {
    #[test]
    fn decimals_are_what_the_standard_library_reads(text in "-?[0-9]{0,12}(\\.[0-9]{0,12})?(e-?[0-9])?") {
        let expected = text.parse::<f64>().ok().filter(|value| value.is_finite());
        prop_assert_eq!(decimal(&text).map(f64::to_bits), expected.map(f64::to_bits));
    }

    #[test]
    fn whatever_the_quick_way_reads_is_read_alike(rows in prop::collection::vec("(2024-0[1-9]-[0-2][0-9]|0[1-9]/1[0-9]/2024)( 0[0-9]:00:00Z)?,[0-9.]{1,4},[0-9]{1,3}", 1..6)) {
        let text = format!("date,close,volume\n{}\n", rows.join("\n"));
        let (quick, thorough) = both(&text);
        prop_assert!(quick.is_none() || quick == thorough, "{text}");
    }
}
