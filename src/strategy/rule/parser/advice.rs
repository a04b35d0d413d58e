//! What people write who do not know the language yet, and what to write instead.

/// Advice for a word or sign that does not belong where it stands.
pub(super) fn of_word(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    WORDS.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, advice)| *advice)
}

/// The number that a word says.
pub(super) fn number_of_word(word: &str) -> Option<f64> {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    let lower = word.to_lowercase();
    WORDS.iter().position(|word| *word == lower).map(|number| number as f64)
}

/// What is said where a number is written as a word.
pub(super) fn of_number(word: &str) -> Option<String> {
    number_of_word(word).map(|number| format!("write `{number}`"))
}

/// Advice for the name of a function of another program.
pub(super) fn of_function(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    FUNCTIONS.iter().find(|(names, _)| names.contains(&lower.as_str())).map(|(_, advice)| *advice)
}

/// Advice for the text between two braces.
pub(super) fn of_hole(inner: &str) -> Option<&'static str> {
    if inner.is_empty() {
        return Some("write a parameter's name, a range {10%..40% by 5%}, or a list {21, 63, 126}");
    }
    if inner.contains(" step ") || inner.contains(" in steps") {
        return Some("the step follows `by`: {10%..40% by 5%}");
    }
    if inner.contains('…') || inner.contains(" to ") || inner.contains("...") {
        return Some("the ends of a range stand around two dots: {10%..40% by 5%}");
    }
    let dash = inner.char_indices().any(|(i, c)| c == '-' && i > 0 && !inner[..i].trim().is_empty());
    if dash && inner.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("the ends of a range stand around two dots: {10%..40% by 5%}");
    }
    if inner.contains(';') {
        return Some("a comma stands between values: {21, 63, 126}");
    }
    None
}

type Advice = (&'static [&'static str], &'static str);

const WORDS: &[Advice] = &[
    (
        &["tomorrow", "next", "will", "future", "upcoming", "coming", "later", "ahead", "soon"],
        "no rule can see a bar that has not closed yet: say what was true by then, as in `has risen over 5% in 21 days`",
    ),
    (&["yesterday", "previous", "prior"], "write `1 day ago`, as in `btc is above btc 1 day ago`"),
    (&["today", "now", "currently"], "leave it out: a rule is asked at the close of every bar"),
    (
        &["sell", "enter", "go", "purchase", "invest", "hold", "accumulate"],
        "a sentence begins with the trade: `long BTC when the Russell hits a high`",
    ),
    (
        &["then", "if", "when", "once"],
        "a sentence begins with the trade and has one `when`: `long BTC when the Russell hits a high`",
    ),
    (&["else", "otherwise"], "a rule is true or false; what ends the trade follows `, exit …`"),
    (&["unless", "except", "without"], "write `and not …`"),
    (&["&&", "&", "plus", "also", "furthermore"], "write `and`"),
    (&["||", "|", "either"], "write `or`"),
    (&["!", "never", "neither", "nor"], "write `not`"),
    (
        &["stop", "target", "trail", "stop-loss", "stoploss"],
        "what ends the trade follows a comma: `…, exit stop 25%`",
    ),
    (
        &["after", "until"],
        "what ends the trade follows a comma: `…, exit after 63 days`; of events write `within 30 days after a halving`",
    ),
    (
        &["goes", "moves", "up", "down", "increases", "decreases"],
        "say how far and how fast: `has risen over 5% in 21 days`",
    ),
    (&["equals", "equal", "exactly"], "prices are seldom equal: use > >= < <=, or `is between 99 and 101`"),
    (
        &["yearly", "annual", "annualized", "annualised", "year", "years", "multi-year"],
        "a year is 252 sessions of a weekday market and 365 days of bitcoin: write `252-day`; volatility is of one day",
    ),
    (
        &["weekly", "week", "weeks"],
        "a week is 5 sessions of a weekday market and 7 days of bitcoin: write `5-day` or `5 days`",
    ),
    (
        &["monthly", "month", "months", "quarterly"],
        "a month is 21 sessions of a weekday market and 30 days of bitcoin: write `21-day` or `21 days`",
    ),
    (
        &["trading", "calendar", "business"],
        "write `days`: they are bars of the series, sessions for shares and calendar days for crypto",
    ),
    (
        &["hour", "hours", "minute", "minutes"],
        "count bars, as in `40 bars`: how long they are is in the data",
    ),
    (&["percentage"], "write the sign behind the number: 20%; percentage points are `points`"),
    (&["ath", "peak", "top", "maximum", "max"], "write `an all-time high` or `a 252-day high`"),
    (&["bottom", "trough", "minimum", "min", "atl"], "write `a 252-day low`"),
    (&["price"], "a market's name alone means its close: `btc is above 100000`"),
    (&["ma", "sma", "dma"], "write `its 200-day moving average`, or `sma(btc, 200)`"),
    (&["of"], "say it of the high: `is over 20% below its high`"),
    (
        &["it", "they", "this", "that"],
        "write the market's name: `btc is over 20% below its high`; of the calendar write `in December`, `on Fridays`",
    ),
    (
        &["average"],
        "say of what, and over how many days: `the 200-day average of btc`, `sma(volume(btc), 20)`",
    ),
    (
        &["size", "leverage", "risk", "capital", "amount", "position"],
        "how much goes in stands in a strategy file, under [size]: `catchup strategy new NAME` writes one",
    ),
    (&["fee", "fees", "cost", "costs", "paying"], "costs per side are `commission 10 bps, slippage 5 bps`"),
    (&["both", "each"], "say it of each: `russell hits a high and gold hits a high`"),
    (&["does", "do", "did"], "say all of it: `not btc hits a high`, `btc is not at a high`"),
    (&["doubles", "doubled", "triples", "tripled"], "say by how much: `has risen at least 100% in 252 days`"),
    (&["halves", "halved"], "say by how much: `has fallen at least 50% in 252 days`"),
    (&["crossing", "crossed"], "write `crosses above` or `crosses below`"),
    (&["rising", "growing"], "say how far and how fast: `has risen over 5% in 21 days`"),
    (&["falling", "shrinking"], "say how far and how fast: `has fallen over 5% in 21 days`"),
    (
        &["overbought", "oversold"],
        "say what is measured: `the 14-day rsi of btc is over 70`, `the 14-day rsi of btc is under 30`",
    ),
    (
        &["golden", "death"],
        "say what crosses: `the 50-day average of btc crosses above the 200-day average of btc`",
    ),
    (&["rsi"], "say of what, and over how many days: `the 14-day rsi of btc is under 30`"),
    (&["macd"], "it is the difference of two averages: `ema(btc, 12) - ema(btc, 26) > 0`"),
    (
        &["bollinger", "bands"],
        "how many standard deviations from the mean is `the 20-day z-score of btc is over 2`",
    ),
    (&["breakout", "breakouts"], "write `btc hits a 63-day high`"),
    (
        &["drawdown", "pullback", "correction"],
        "write `btc is over 20% below its high`, or `drawdown(btc) > 20%`",
    ),
    (
        &["close", "closing"],
        "a market's name alone means its close: `btc is above 100000`, or `close(btc) > 100000`",
    ),
    (
        &["volatility"],
        "say of what, and over how many days: `the 21-day volatility of btc is under 3%`, which is of one day",
    ),
    (&["by"], "say how far before from where: `is over 20% below its high`"),
    (&["monday", "tuesday", "wednesday", "thursday", "friday"], "write `and on Fridays`"),
    (
        &[
            "january",
            "february",
            "march",
            "april",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        "write `and in December`",
    ),
    (&["on"], "parts of a year are joined by `and`: `… and on Fridays`, `… and in December`"),
];

const FUNCTIONS: &[Advice] = &[
    (&["if", "iff", "ifs", "when", "where"], "write the condition alone: it is true or false on every bar"),
    (&["and"], "write `and` between the two: `a and b`"),
    (&["or"], "write `or` between the two: `a or b`"),
    (&["max", "hhv", "rolling_max"], "the highest of the last days is `highest(btc, 252)`"),
    (&["min", "llv", "rolling_min"], "the lowest of the last days is `lowest(btc, 252)`"),
    (
        &["average", "avg", "mean", "ma", "moving_average", "rolling_mean"],
        "a moving average is `sma(btc, 200)`",
    ),
    (&["std", "stddev", "stdev.s", "rolling_std"], "a standard deviation is `stdev(btc, 21)`"),
    (&["corr", "correl"], "a correlation is `correlation(btc, russell, 63)`"),
    (
        &["ref", "shift", "delay", "offset", "prev"],
        "an earlier value is `lag(btc, 1)`; there is none for a later one",
    ),
    (
        &["lead", "next", "future"],
        "no rule can see a bar that has not closed yet; an earlier value is `lag(btc, 1)`",
    ),
    (
        &["roc", "pct_change", "returns", "return", "ret"],
        "a change in percent is `change(btc, 21)`, in points `difference(btc, 21)`",
    ),
    (&["diff"], "a change in points is `difference(btc, 21)`, in percent `change(btc, 21)`"),
    (
        &["crossover", "cross", "cross_above", "crosses"],
        "write `crosses_above(btc, sma(btc, 50))` or `crosses_below`",
    ),
    (&["crossunder", "cross_below"], "write `crosses_below(btc, sma(btc, 50))`"),
    (
        &["ath", "all_time_high", "high_since"],
        "write `new_high(btc)` for the event, `at_high(btc)` for the state",
    ),
    (&["abs"], "there is no absolute value: write both sides, `x > 5% or x < -5%`"),
    (&["sum"], "there is no sum: a mean is `sma(btc, 20)`, a count of true days `count(btc > 1, 20)`"),
    (&["rank", "percentile", "percentrank"], "a rank is `percentile_rank(btc, 252)`"),
    (
        &["log", "ln", "exp", "sqrt", "pow"],
        "there is none: ratios and changes say the same, as in `change(btc, 21)`",
    ),
    (&["macd"], "it is the difference of two averages: `ema(btc, 12) - ema(btc, 26)`"),
    (&["bollinger", "bbands", "bb"], "how many standard deviations from the mean is `zscore(btc, 20)`"),
    (&["price", "last"], "a market's name alone means its close: `btc > 100000`"),
    (&["corrcoef", "pearson"], "a correlation is `correlation(btc, russell, 63)`"),
    (&["days_until"], "days to events on a schedule are `days_to(fomc)`"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_advice_is_given_for_a_word_of_the_language() {
        for function in crate::strategy::rule::registry() {
            assert_eq!(of_function(function.name), None, "{}", function.name);
        }
        for word in ["hits", "high", "below", "exit", "within"] {
            assert_eq!(of_word(word), None, "{word}");
        }
    }
}
