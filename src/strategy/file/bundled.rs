//! The strategies that come with the program, so that they run from anywhere.

/// A strategy of the folder `strategies/`, as the program carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundled {
    /// The file's stem.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
}

macro_rules! bundle {
    ($($name:literal),* $(,)?) => {
        &[$(Bundled { name: $name, text: include_str!(concat!("../../../strategies/", $name, ".toml")) }),*]
    };
}

/// Every bundled strategy, by name.
pub fn bundled() -> &'static [Bundled] {
    bundle![
        "beta-in-catch-up",
        "bitcoin-below-average",
        "bitcoin-in-thirds",
        "bitcoin-lags-gold",
        "bitcoin-lags-russell",
        "bitcoin-outruns-russell",
        "bottoms-together",
        "breadth-of-records",
        "coiling-breakout",
        "coins-lag-russell",
        "correlation-returns",
        "correlation-snaps",
        "earnings-expectations",
        "ether-lags-bitcoin",
        "ether-lags-russell",
        "falling-rates",
        "fed-balance-sheet",
        "halving-cycle",
        "metals-lead",
        "rate-cuts",
        "records-together",
        "round-number",
        "silver-lags-gold",
        "small-caps-risk-on",
        "tax-loss-season",
        "treasury-bill-purchases",
        "year-end-rebalancing",
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_bundled() {
        let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/strategies"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let names: Vec<_> = bundled().iter().map(|strategy| strategy.name).collect();
        assert_eq!(files, names);
    }
}
