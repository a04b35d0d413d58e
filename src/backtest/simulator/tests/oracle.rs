//! Sizes worked out by another program: `tests/oracles/sizing_oracle.json`.

use serde_json::Value;

use super::legs::{Owned, after, orders, run};
use super::*;
use crate::backtest::simulator::size::kelly;
use crate::market::indicators::{self, Window};

fn oracle() -> Value {
    serde_json::from_str(include_str!("../../../../tests/oracles/sizing_oracle.json")).unwrap()
}

#[track_caller]
fn close_to(found: f64, wanted: f64) {
    assert!((found - wanted).abs() <= 1e-9 * wanted.abs(), "{found} but {wanted}");
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap()
}

#[test]
fn risk_to_the_stop_in_whole_lots() {
    let mut checked = 0;
    for case in oracle()["fixed_fraction"].as_array().unwrap() {
        let (entry, stop) = (number(case, "entry"), number(case, "stop"));
        let fraction = (entry - stop).abs() / entry;
        // Without a distance to the stop there is no size; such a stop cannot be ordered.
        let Some(wanted) = case["quantity"].as_f64() else {
            assert!(fraction <= 0.0);
            continue;
        };
        let market = Owned::flat(&[entry; 4]);
        let order = Orders {
            side: if stop < entry { Side::Long } else { Side::Short },
            exits: Exits { stop: Some(inside(fraction)), ..after(1).exits },
            sizing: Sizing::Risk(number(case, "risk_fraction") * number(case, "equity") / 1000.0),
            limits: Limits { lot: number(case, "lot_step"), leverage: 1000.0, ..Limits::default() },
            ..orders()
        };
        close_to(run(&Terms::outright(market.market()), &[0], &order).trades[0].units, wanted);
        checked += 1;
    }
    assert_eq!(checked, 4);
}

#[test]
fn a_target_of_volatility_uses_what_was_known() {
    let oracle = oracle();
    let mut price = vec![1.0];
    for change in oracle["returns"].as_array().unwrap() {
        price.push(price[price.len() - 1] * (1.0 + change.as_f64().unwrap()));
    }
    for case in oracle["volatility_target"].as_array().unwrap() {
        let window = usize::try_from(case["window"].as_u64().unwrap()).unwrap();
        let volatility = indicators::volatility(&price, Window::Bars(window));
        for (t, wanted) in case["weight_rolling"].as_array().unwrap().iter().enumerate() {
            let share = number(case, "target_vol") / (volatility[t] * number(case, "periods").sqrt());
            match wanted.as_f64() {
                Some(wanted) => close_to(share.min(number(case, "cap")), wanted),
                None => assert!(share.is_nan(), "bar {t}"),
            }
        }
    }
}

#[test]
fn a_hedge_is_sized_by_the_beta_known_before() {
    let oracle = &oracle()["hedge_ratio"];
    let path = |name: &str| {
        let mut price = vec![1.0];
        for change in oracle[name].as_array().unwrap() {
            price.push(price[price.len() - 1] * (1.0 + change.as_f64().unwrap()));
        }
        price
    };
    let window = usize::try_from(oracle["window"].as_u64().unwrap()).unwrap();
    let beta = indicators::beta(&path("laggard_returns"), &path("leader_returns"), Window::Bars(window));
    for (t, wanted) in oracle["beta_used"].as_array().unwrap().iter().enumerate() {
        match wanted.as_f64() {
            Some(wanted) => close_to(beta[t], wanted),
            None => assert!(beta[t].is_nan(), "bar {t}"),
        }
    }
}

#[test]
fn the_kelly_fraction_of_two_outcomes() {
    let mut checked = 0;
    for case in oracle()["kelly"].as_array().unwrap() {
        let Some(p) = case["p"].as_f64() else { continue };
        let b = number(case, "b");
        let trades: Vec<Trade> = (0..100)
            .map(|n| Trade {
                net_return: if f64::from(n) < (100.0 * p).round() { 0.01 * b } else { -0.01 },
                ..Trade::default()
            })
            .collect();
        let wanted = case["f_star"].as_f64().or(case["f_used"].as_f64()).unwrap();
        assert!((kelly(&trades, 100).unwrap() - wanted).abs() < 1e-12);
        assert_eq!(kelly(&trades, 101), None);
        checked += 1;
    }
    assert_eq!(checked, 5);
}
