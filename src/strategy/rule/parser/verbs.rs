//! The verbs of sentence forms, and the words between an amount and what it is measured from.

/// A high or a low is made.
pub(super) const HITS: [&str; 16] = [
    "hits", "makes", "sets", "reaches", "posts", "notches", "prints", "scores", "hit", "make", "set",
    "reach", "post", "notch", "print", "score",
];

/// What something is.
pub(super) const IS: [&str; 14] = [
    "is", "are", "trades", "sits", "stands", "lies", "remains", "stays", "trade", "sit", "stand", "lie",
    "remain", "stay",
];

pub(super) const CROSSES: [&str; 4] = ["crosses", "breaks", "cross", "break"];

pub(super) const OUTRUNS: [&str; 5] = ["outperforms", "beats", "leads", "outperform", "beat"];

pub(super) const LAGS: [&str; 5] = ["lags", "trails", "underperforms", "trail", "underperform"];

/// Behind `has`.
pub(super) const RISEN: [&str; 6] = ["risen", "gained", "climbed", "jumped", "rallied", "advanced"];

/// Behind `has`.
pub(super) const FALLEN: [&str; 10] =
    ["fallen", "lost", "dropped", "slipped", "slid", "declined", "sunk", "plunged", "tumbled", "crashed"];

pub(super) const RISES: [&str; 18] = [
    "rises", "gains", "climbs", "jumps", "rallies", "advances", "rise", "gain", "climb", "jump", "rally",
    "advance", "rose", "gained", "climbed", "jumped", "rallied", "advanced",
];

pub(super) const FALLS: [&str; 30] = [
    "falls", "loses", "drops", "slips", "slides", "declines", "sinks", "plunges", "tumbles", "crashes",
    "fall", "lose", "drop", "slip", "slide", "decline", "sink", "plunge", "tumble", "crash", "fell", "lost",
    "dropped", "slipped", "slid", "declined", "sank", "plunged", "tumbled", "crashed",
];

/// Words between a share and the high or low it is measured from.
pub(super) const DISTANCES: [&str; 5] = ["below", "under", "above", "off", "from"];

/// Verbs that begin what is said of something, all of them.
pub(super) fn verbs() -> impl Iterator<Item = &'static str> {
    let others = ["has", "have", "exceeds", "exceed"];
    let hits = HITS.into_iter().chain(IS).chain(CROSSES).chain(OUTRUNS).chain(LAGS);
    hits.chain(RISES).chain(FALLS).chain(others)
}

/// Whether a word begins what is said of something.
pub(super) fn begins_predicate(word: &str) -> bool {
    verbs().any(|verb| verb.eq_ignore_ascii_case(word))
}
