//! A bar chart drawn on the server, in whole numbers.

/// Width of the drawing, in its own units.
const WIDTH: i64 = 600;
/// Height of the bars' ground.
const BASE_Y: i64 = 140;
/// Height of the whole drawing.
const HEIGHT: i64 = 162;
/// Labels shown under the axis at most.
const LABELS_MAX: usize = 7;

/// Bars side by side over one axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarChart {
    /// Width in drawing units.
    pub width: i64,
    /// Height in drawing units.
    pub height: i64,
    /// Where the axis is.
    pub base_y: i64,
    /// Where the labels are.
    pub label_y: i64,
    /// One sentence that says what the bars show, read aloud and printed below.
    pub summary: String,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// `3 Nov`.
    pub label: String,
    /// `1,204.00 USD`.
    pub value: String,
    /// Whether its label is printed.
    pub ticked: bool,
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height; a value above zero is at least 2 high, so that it can be seen.
    pub height: i64,
}

impl Bar {
    /// The middle, where the label stands.
    pub fn middle_x(&self) -> i64 {
        self.x + self.width / 2
    }
}

impl BarChart {
    /// A chart of (label, formatted value, size) triples; sizes below zero count as zero.
    pub fn new(summary: impl Into<String>, points: &[(String, String, i64)]) -> Self {
        let count = i64::try_from(points.len()).unwrap_or(i64::MAX).max(1);
        let largest = points.iter().map(|(_, _, size)| *size).max().unwrap_or(0).max(1);
        let slot = (WIDTH / count).max(1);
        let gap = (slot / 4).clamp(0, 12);
        let label_every = points.len().div_ceil(LABELS_MAX).max(1);
        let bars = (0_i64..).zip(points).enumerate().map(|(index, (at, (label, value, size)))| {
            let size = (*size).max(0);
            let scaled = i128::from(size) * i128::from(BASE_Y - 8) / i128::from(largest);
            let height = i64::try_from(scaled).unwrap_or(BASE_Y).max(if size > 0 { 2 } else { 0 });
            Bar {
                label: label.clone(),
                value: value.clone(),
                ticked: index % label_every == label_every / 2,
                x: at * slot + gap / 2,
                y: BASE_Y - height,
                width: (slot - gap).max(1),
                height,
            }
        });
        let bars = bars.collect();
        Self { width: WIDTH, height: HEIGHT, base_y: BASE_Y, label_y: HEIGHT - 6, summary: summary.into(), bars }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_inside_the_drawing() {
        for sizes in [vec![], vec![0], vec![i64::MAX, 1, -5], (0..90).collect::<Vec<i64>>()] {
            let points: Vec<_> = sizes.iter().map(|s| (s.to_string(), s.to_string(), *s)).collect();
            let chart = BarChart::new("sizes", &points);
            assert_eq!(chart.bars.len(), sizes.len());
            for (bar, size) in chart.bars.iter().zip(&sizes) {
                assert!(bar.x >= 0 && bar.x + bar.width <= chart.width, "{bar:?}");
                assert!(bar.y >= 0 && bar.y + bar.height == chart.base_y, "{bar:?}");
                assert_eq!(bar.height > 0, *size > 0, "{bar:?}");
            }
            assert!(chart.bars.iter().filter(|bar| bar.ticked).count() <= LABELS_MAX);
        }
    }
}
