//! What all pictures are drawn with.

use core::fmt::Write as _;

pub(super) const WIDTH: f64 = 760.0;
pub(super) const HEIGHT: f64 = 440.0;

/// What many programs that show pictures know: classes, and one rule for the dark.
const STYLE: &str = "\
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .faint { fill: #59636e; }
  .paper { fill: #ffffff; }
  .rule { stroke: #d1d9e0; }
  .span { stroke: #0a63c9; stroke-width: 2; stroke-dasharray: 3 3; }
  .parked { fill: #0a63c9; stroke: #0a63c9; stroke-width: 2; }
  .slept { fill: #ffffff; stroke: #0a63c9; stroke-width: 2; }
  .outage { fill: #ffebe9; }
  .governed, .retries { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .governed { stroke: #0a63c9; }
  .retries { stroke: #bc4c00; }
  .of-governed { fill: #0a63c9; }
  .of-retries { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .faint { fill: #9198a1; }
    .paper { fill: #0d1117; }
    .rule { stroke: #3d444d; }
    .span { stroke: #58a6ff; }
    .parked { fill: #58a6ff; stroke: #58a6ff; }
    .slept { fill: #0d1117; stroke: #58a6ff; }
    .outage { fill: #3c1618; }
    .governed { stroke: #58a6ff; }
    .retries { stroke: #f0883e; }
    .of-governed { fill: #58a6ff; }
    .of-retries { fill: #f0883e; }
  }
";

/// An empty picture, its end still to come.
pub(super) fn paper(title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n"
    )
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1_000),
    }
}

/// The next round number.
pub(super) fn ceiling(most: f64) -> f64 {
    let unit = 10_f64.powf(most.log10().floor());
    let rounds = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0].map(|digit| digit * unit);
    rounds.into_iter().find(|round| *round >= most).unwrap_or(most)
}

/// A line through points.
pub(super) fn path(svg: &mut String, class: &str, points: impl IntoIterator<Item = (f64, f64)>) {
    svg.push_str("<polyline class=\"");
    svg.push_str(class);
    svg.push_str("\" points=\"");
    for (x, y) in points {
        // Writing to a text never fails.
        _ = write!(svg, "{x:.1},{y:.1} ");
    }
    svg.push_str("\"/>\n");
}

/// A field from its upper left corner to its lower right one.
pub(super) fn field(svg: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let (width, height) = (to.0 - from.0, to.1 - from.1);
    _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
        from.0, from.1
    );
}

pub(super) fn line(svg: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let drawn = format!(
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\n"
    );
    svg.push_str(&drawn);
}

pub(super) fn circle(svg: &mut String, class: &str, (x, y): (f64, f64)) {
    let drawn = format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>\n");
    svg.push_str(&drawn);
}

pub(super) fn text(svg: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let drawn = format!(
        "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>\n"
    );
    svg.push_str(&drawn);
}
