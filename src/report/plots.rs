//! Plots as SVG, to stand inside a page.
//!
//! They are drawn in two colours, [`INK`] and [`ACCENT`], which the page's style replaces by its own, so that
//! they follow the reader's colour scheme.

use std::io;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde::Serialize;

use crate::index::Banding;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<io::Error>>;

const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const ACCENT: RGBColor = RGBColor(0x1a, 0x5f, 0xb4);

/// As wide as a telephone's screen, so that letters there are not smaller than they were drawn.
const SIZE: (u32, u32) = (360, 230);

/// Bars of the histogram of scores.
const BARS: usize = 24;

/// Sizes of clusters that share a bar: the first and the last of each.
const SIZES: [(usize, usize); 9] =
    [(2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, 50), (51, 200), (201, usize::MAX)];

/// A picture, what it shows in words, and its figures.
#[derive(Debug, Serialize)]
pub(super) struct Plot {
    pub(super) title: &'static str,
    pub(super) svg: String,
    pub(super) summary: String,
    /// What the two columns of figures are.
    pub(super) columns: (&'static str, &'static str),
    pub(super) figures: Vec<(String, String)>,
}

/// How surely the bands find a pair, by its resemblance.
pub(super) fn s_curve(banding: Banding, threshold: f64) -> io::Result<Plot> {
    let at_threshold = banding.probability(threshold);
    let svg = draw(|area| {
        let mut chart = frame(area, 0.0..1.0, 1.2, ("resemblance", "probability"), 6, |x| format!("{x:.1}"))?;
        let curve = (0..=200).map(|i| f64::from(i) / 200.0).map(|j| (j, banding.probability(j)));
        chart.draw_series(LineSeries::new(curve, ACCENT.stroke_width(2)))?;
        mark(&mut chart, threshold, 1.2, &format!("threshold {threshold:.2}"))?;
        chart.draw_series([Circle::new((threshold, at_threshold), 4, ACCENT.filled())])?;
        Ok(())
    })?;
    let steps = (1..=10).map(|i| f64::from(i) / 10.0);
    Ok(Plot {
        title: "How surely pairs are found",
        svg,
        summary: format!(
            "With {banding}, a pair at the threshold of {threshold:.2} is compared with probability {at_threshold:.3}; of pairs with a resemblance of {:.2}, half are.",
            banding.resemblance_at(0.5)
        ),
        columns: ("Resemblance", "Probability"),
        figures: steps.map(|j| (format!("{j:.1}"), format!("{:.4}", banding.probability(j)))).collect(),
    })
}

/// How many matches have which score. Nothing where there are none.
pub(super) fn scores(scores: &[f64], threshold: f64) -> io::Result<Option<Plot>> {
    let top = scores.iter().copied().filter(|s| s.is_finite()).fold(1.0, f64::max);
    let low = scores.iter().copied().filter(|s| s.is_finite()).fold(threshold, f64::min);
    // All scores may be the same.
    let width = ((top - low) / BARS as f64).max(0.01);
    if scores.is_empty() {
        return Ok(None);
    }
    let mut bars = [0_usize; BARS];
    for score in scores {
        bars[(((score - low) / width) as usize).min(BARS - 1)] += 1;
    }
    let edge = |i: usize| low + i as f64 * width;
    // At least four, so that the lines across stand at whole numbers.
    let most = bars.iter().copied().max().unwrap_or_default().max(4);
    let svg = draw(|area| {
        let height = most as f64 * 1.15;
        let (start, end) = ((low - 3.0 * width).max(0.0), edge(BARS));
        let mut chart = frame(area, start..end, height, ("score", "matches"), 6, |x| format!("{x:.2}"))?;
        let inset = width * 0.08;
        chart.draw_series(bars.iter().enumerate().filter(|(_, n)| **n > 0).map(|(i, &n)| {
            Rectangle::new([(edge(i) + inset, 0.0), (edge(i + 1) - inset, n as f64)], ACCENT.filled())
        }))?;
        mark(&mut chart, threshold, height, &format!("cut {threshold:.2}"))
    })?;
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rows = bars.iter().enumerate().filter(|(_, n)| **n > 0);
    Ok(Some(Plot {
        title: "Scores of the matches",
        svg,
        summary: format!(
            "{} matches score {:.2} to {:.2}, half of them {:.2} or more. The cut is at {threshold:.2}.",
            scores.len(),
            sorted[0],
            sorted[sorted.len() - 1],
            sorted[sorted.len() / 2]
        ),
        columns: ("Score", "Matches"),
        figures: rows
            .map(|(i, n)| (format!("{:.3} to {:.3}", edge(i), edge(i + 1)), n.to_string()))
            .collect(),
    }))
}

/// How many clusters have how many documents. Nothing where there are none.
pub(super) fn sizes(sizes: &[usize]) -> io::Result<Option<Plot>> {
    let count = |(from, to): (usize, usize)| sizes.iter().filter(|n| (from..=to).contains(*n)).count();
    let bars = SIZES.map(count);
    // At least four, so that the lines across stand at whole numbers.
    let most = bars.iter().copied().max().unwrap_or_default().max(4);
    let (Some(largest), Some(last)) = (sizes.iter().max(), bars.iter().rposition(|&n| n > 0)) else {
        return Ok(None);
    };
    let used = last + 1;
    let name = |i: usize| match SIZES[i] {
        (from, to) if from == to => from.to_string(),
        (from, usize::MAX) => format!("{from}+"),
        (from, to) => format!("{from}–{to}"),
    };
    let svg = draw(|area| {
        let label = |x: &f64| {
            let i = x.round();
            if (x - i).abs() < 0.01 && i >= 0.0 && (i as usize) < used {
                name(i as usize)
            } else {
                String::new()
            }
        };
        let range = -0.6..(used as f64 - 0.4).max(3.4);
        let mut chart =
            frame(area, range, most as f64 * 1.15, ("documents in the cluster", "clusters"), 12, label)?;
        let filled = bars.iter().enumerate().filter(|(_, n)| **n > 0);
        chart.draw_series(filled.clone().map(|(i, &n)| {
            let x = i as f64;
            Rectangle::new([(x - 0.36, 0.0), (x + 0.36, n as f64)], ACCENT.filled())
        }))?;
        let style = style(14).pos(Pos::new(HPos::Center, VPos::Bottom));
        chart.draw_series(filled.map(|(i, &n)| {
            EmptyElement::at((i as f64, n as f64)) + Text::new(n.to_string(), (0, -3), style.clone())
        }))?;
        Ok(())
    })?;
    let rows = bars.iter().enumerate().filter(|(_, n)| **n > 0);
    Ok(Some(Plot {
        title: "Sizes of the clusters",
        svg,
        summary: format!(
            "{} clusters, {} of them pairs; the largest has {largest} documents.",
            sizes.len(),
            bars[0]
        ),
        columns: ("Documents", "Clusters"),
        figures: rows.map(|(i, n)| (name(i), n.to_string())).collect(),
    }))
}

/// The drawing as SVG.
fn draw(picture: impl FnOnce(&Area<'_>) -> Drawn) -> io::Result<String> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    picture(&area).and_then(|()| area.present()).map_err(|error| io::Error::other(error.to_string()))?;
    drop(area);
    Ok(svg)
}

/// Axes with their names and a few lines across.
fn frame<'a>(
    area: &Area<'a>,
    x: Range<f64>,
    height: f64,
    names: (&str, &str),
    labels: usize,
    label: impl Fn(&f64) -> String,
) -> Drawn<Chart<'a>> {
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .margin_right(14)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(x, 0.0..height)?;
    // Probabilities end at 1; there is room for a name above them.
    let count = |y: &f64| match *y {
        y if height > 1.5 => format!("{y:.0}"),
        y if y > 1.01 => String::new(),
        y => format!("{y:.1}"),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(INK.mix(0.15))
        .axis_style(INK.mix(0.6))
        .label_style(style(14))
        .axis_desc_style(style(14))
        .x_desc(names.0)
        .y_desc(names.1)
        .x_labels(labels)
        .y_labels(5)
        .x_label_formatter(&label)
        .y_label_formatter(&count)
        .draw()?;
    Ok(chart)
}

/// A line from top to bottom with its name.
fn mark(chart: &mut Chart<'_>, x: f64, height: f64, name: &str) -> Drawn {
    let dashes = DashedLineSeries::new([(x, 0.0), (x, height)], 5, 4, INK.stroke_width(1));
    chart.draw_series(dashes)?;
    let range = chart.x_range();
    let right = x > range.start.midpoint(range.end);
    let (side, offset) = if right { (HPos::Right, -6) } else { (HPos::Left, 6) };
    let style = style(14).pos(Pos::new(side, VPos::Top));
    chart.draw_series([EmptyElement::at((x, height)) + Text::new(name.to_owned(), (offset, 2), style)])?;
    Ok(())
}

fn style(size: u32) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(&INK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_count_every_match_and_every_cluster() {
        let even: Vec<f64> = (0..=100).map(|i| 0.5 + f64::from(i) / 200.0).collect();
        let plot = scores(&even, 0.5).unwrap().unwrap();
        let counted: usize = plot.figures.iter().map(|(_, n)| n.parse::<usize>().unwrap()).sum();
        assert_eq!(counted, 101);
        assert!(plot.svg.starts_with("<svg") && plot.svg.contains("cut 0.50"), "{}", plot.svg);

        let plot = sizes(&[2, 2, 3, 7, 10, 500]).unwrap().unwrap();
        let figures = plot.figures.iter().map(|(size, n)| format!("{size}: {n}")).collect::<Vec<_>>();
        assert_eq!(figures, ["2: 2", "3: 1", "6–10: 2", "201+: 1"]);
    }

    #[test]
    fn there_is_a_plot_for_every_score() {
        assert!(scores(&[], 0.5).unwrap().is_none());
        assert!(sizes(&[]).unwrap().is_none());
        // One score only, at the cut and at the top; scores above 1.
        assert_eq!(scores(&[1.0, 1.0], 1.0).unwrap().unwrap().figures.len(), 1);
        assert_eq!(scores(&[1.0, 1.7], 1.0).unwrap().unwrap().figures.len(), 2);
        for threshold in [0.01, 0.5, 1.0] {
            let banding = Banding::for_recall(threshold, 0.5, 128).unwrap();
            assert_eq!(s_curve(banding, threshold).unwrap().figures.len(), 10);
        }
    }
}
