//! Long lines made short without losing a peak.

use super::canvas::Point;

/// The line with at most four points for each pixel column: the first, lowest, highest and last of it, in
/// their order. A line drawn through them covers the same pixels as the whole one.
pub(super) fn thin(points: &[Point]) -> Vec<Point> {
    let mut kept = Vec::new();
    let mut start = 0;
    while start < points.len() {
        let column = points[start].0.floor();
        let length =
            points[start..].iter().take_while(|point| point.0.floor().total_cmp(&column).is_eq()).count();
        // A point whose place is not a number ends no column; it stands alone.
        let length = length.max(1);
        keep_extremes(&points[start..start + length], &mut kept);
        start += length;
    }
    kept
}

fn keep_extremes(column: &[Point], kept: &mut Vec<Point>) {
    let positions = |better: fn(f64, f64) -> bool| {
        (1..column.len()).fold(0, |best, at| if better(column[at].1, column[best].1) { at } else { best })
    };
    let mut chosen = [0, positions(|a, b| a < b), positions(|a, b| a > b), column.len() - 1];
    chosen.sort_unstable();
    for (place, position) in chosen.iter().enumerate() {
        if place == 0 || chosen[place - 1] != *position {
            kept.push(column[*position]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_and_ends_survive() {
        let mut points: Vec<Point> = (0..10_000).map(|i| (f64::from(i) / 100.0, 50.0)).collect();
        points[4321].1 = 3.0;
        points[4322].1 = 97.0;
        let thinned = thin(&points);
        assert!(thinned.len() <= 400, "{}", thinned.len());
        assert!(thinned.contains(&points[4321]) && thinned.contains(&points[4322]));
        assert_eq!(thinned.first(), points.first());
        assert_eq!(thinned.last(), points.last());
        assert!(thinned.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn short_lines_stay_as_they_are() {
        let points = [(0.0, 1.0), (5.0, 2.0), (9.0, 0.5)];
        assert_eq!(thin(&points), points);
        assert!(thin(&[]).is_empty());
    }
}
