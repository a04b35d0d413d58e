//! What is typical of each market of the sample, in round figures.

use crate::base::calendar::{Date, Session};

/// How one market moves.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) symbol: &'static str,
    pub(super) file: &'static str,
    pub(super) session: Session,
    /// Markets of one mood have their quiet and their wild weeks together.
    pub(super) mood: &'static str,
    /// Standard deviation of a year's log returns.
    pub(super) yearly_volatility: f64,
    /// Factor on the variance while the market falls, and its inverse while it rises.
    pub(super) fear: f64,
    /// The market that draws this one along, earlier in [`MARKETS`], and the correlation of their daily
    /// returns.
    pub(super) follows: Option<(&'static str, f64)>,
    /// Share of a day's variance that falls before the open.
    pub(super) overnight: f64,
    /// Volume of an ordinary day at the beginning of some years: shares, for crypto dollars.
    pub(super) volumes: &'static [(i16, f64)],
}

/// Every market, after the one it follows.
pub(super) static MARKETS: [Market; 8] = [
    Market {
        symbol: "SPY",
        file: "SPY.csv",
        session: Session::UsEquity,
        mood: "stocks",
        yearly_volatility: 0.13,
        fear: 1.6,
        follows: None,
        overnight: 0.35,
        volumes: &[(2014, 110e6), (2018, 85e6), (2020, 90e6), (2022, 85e6), (2024, 60e6), (2026, 70e6)],
    },
    Market {
        symbol: "QQQ",
        file: "QQQ.csv",
        session: Session::UsEquity,
        mood: "stocks",
        yearly_volatility: 0.175,
        fear: 1.6,
        follows: Some(("SPY", 0.93)),
        overnight: 0.35,
        volumes: &[(2014, 32e6), (2018, 36e6), (2022, 55e6), (2024, 42e6), (2026, 50e6)],
    },
    Market {
        symbol: "DIA",
        file: "DIA.csv",
        session: Session::UsEquity,
        mood: "stocks",
        yearly_volatility: 0.13,
        fear: 1.6,
        follows: Some(("SPY", 0.94)),
        overnight: 0.35,
        volumes: &[(2014, 6.5e6), (2018, 4.5e6), (2022, 4e6), (2026, 5e6)],
    },
    Market {
        symbol: "IWM",
        file: "IWM.csv",
        session: Session::UsEquity,
        mood: "stocks",
        yearly_volatility: 0.18,
        fear: 1.6,
        follows: Some(("SPY", 0.87)),
        overnight: 0.35,
        volumes: &[(2014, 36e6), (2018, 22e6), (2022, 28e6), (2026, 34e6)],
    },
    Market {
        symbol: "GLD",
        file: "GLD.csv",
        session: Session::UsEquity,
        mood: "metals",
        yearly_volatility: 0.13,
        fear: 1.0,
        follows: None,
        overnight: 0.6,
        volumes: &[(2014, 6e6), (2018, 7e6), (2020, 10e6), (2024, 7e6), (2026, 13e6)],
    },
    Market {
        symbol: "SLV",
        file: "SLV.csv",
        session: Session::UsEquity,
        mood: "metals",
        yearly_volatility: 0.25,
        fear: 1.0,
        follows: Some(("GLD", 0.8)),
        overnight: 0.6,
        volumes: &[(2014, 8e6), (2019, 9e6), (2021, 28e6), (2024, 19e6), (2026, 45e6)],
    },
    Market {
        symbol: "BTC-USD",
        file: "BTC-USD.csv",
        session: Session::Crypto,
        mood: "crypto",
        yearly_volatility: 0.5,
        fear: 1.0,
        follows: Some(("SPY", 0.3)),
        overnight: 0.0,
        volumes: &[(2014, 20e6), (2016, 70e6), (2018, 7e9), (2021, 40e9), (2023, 17e9), (2026, 45e9)],
    },
    Market {
        symbol: "ETH-USD",
        file: "ETH-USD.csv",
        session: Session::Crypto,
        mood: "crypto",
        yearly_volatility: 0.67,
        fear: 1.0,
        follows: Some(("BTC-USD", 0.83)),
        overnight: 0.0,
        volumes: &[(2017, 0.9e9), (2018, 2.5e9), (2021, 25e9), (2023, 8e9), (2026, 25e9)],
    },
];

/// A crypto market's variance on a Saturday or Sunday, as a share of a working day's.
const WEEKEND_VARIANCE: f64 = 0.45;

impl Market {
    /// The variance of an ordinary day's log return.
    pub(super) fn day_variance(&self, date: Date) -> f64 {
        let year = self.yearly_volatility * self.yearly_volatility;
        match self.session {
            Session::Crypto => {
                let share = if is_weekend(date) { WEEKEND_VARIANCE } else { 1.0 };
                year / 365.25 * share * 7.0 / (5.0 + 2.0 * WEEKEND_VARIANCE)
            }
            _ => year / 252.0,
        }
    }
}

/// Whether a date is a Saturday or Sunday.
pub(super) fn is_weekend(date: Date) -> bool {
    date.weekday().to_monday_zero_offset() >= 5
}
