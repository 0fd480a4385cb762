//! A picture of times that lie far apart: for each line the median and the 99th of a hundred, on an
//! axis in powers of ten.

use core::fmt::Write as _;

use super::figure::percentile;

const WIDTH: f64 = 760.0;
/// Where the axis begins and ends, and where lines begin, in pixels from the left and from the top.
const LEFT: f64 = 24.0;
const RIGHT: f64 = 724.0;
const TOP: f64 = 64.0;
/// From one line to the next.
const STEP: f64 = 44.0;
/// From a line's words to its times.
const BELOW: f64 = 16.0;

/// Classes for programs that know them, and one rule for the dark.
const STYLE: &str = "\
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .faint { fill: #59636e; }
  .paper { fill: #ffffff; }
  .rule { stroke: #d1d9e0; }
  .ours { fill: #0a63c9; stroke: #0a63c9; stroke-width: 2; }
  .others { fill: #bc4c00; stroke: #bc4c00; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .faint { fill: #9198a1; }
    .paper { fill: #0d1117; }
    .rule { stroke: #3d444d; }
    .ours { fill: #58a6ff; stroke: #58a6ff; }
    .others { fill: #f0883e; stroke: #f0883e; }
  }
";

/// Times of one contender, in microseconds, sorted.
pub(crate) struct Spread {
    pub(crate) name: String,
    pub(crate) is_ours: bool,
    pub(crate) micros: Vec<u64>,
}

/// Draws them below a title.
pub(crate) fn spread(title: &str, spreads: &[Spread]) -> String {
    let all =
        spreads.iter().flat_map(|it| [percentile(&it.micros, 50), percentile(&it.micros, 99)]);
    let powers = all.map(power).fold((f64::MAX, f64::MIN), |(least, most), power| {
        (least.min(power.floor()), most.max(power.ceil()))
    });
    let lines = u32::try_from(spreads.len()).unwrap_or(u32::MAX);
    let bottom = TOP + STEP * f64::from(lines);
    let height = bottom + 36.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"24\">{title}</text>\n\
         <text class=\"faint\" x=\"{LEFT}\" y=\"44\">a dot is the median, its line goes to the 99th of \
         a hundred</text>\n"
    );
    axis(&mut svg, powers, bottom);
    for (at, it) in (0_u32..).zip(spreads) {
        let y = TOP + STEP * f64::from(at) + 28.0;
        let [median, most] = [50, 99].map(|percent| percentile(&it.micros, percent));
        let [from, to] = [median, most].map(|micros| across(power(micros), powers));
        let class = if it.is_ours { "ours" } else { "others" };
        // Writing to a text never fails.
        _ = writeln!(
            svg,
            "<line class=\"{class}\" x1=\"{from:.1}\" y1=\"{y:.1}\" x2=\"{to:.1}\" y2=\"{y:.1}\"/>\n\
             <circle class=\"{class}\" cx=\"{from:.1}\" cy=\"{y:.1}\" r=\"5\"/>\n\
             <text x=\"{LEFT}\" y=\"{:.1}\">{}: {}, {}</text>",
            y - BELOW,
            it.name,
            told(median),
            told(most),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn axis(svg: &mut String, powers: (f64, f64), bottom: f64) {
    let mut at = powers.0;
    while at <= powers.1 {
        let x = across(at, powers);
        let words = if at < 6.0 {
            format!("{} ms", 10_f64.powf(at - 3.0))
        } else {
            format!("{} s", 10_f64.powf(at - 6.0))
        };
        // Writing to a text never fails.
        _ = writeln!(
            svg,
            "<line class=\"rule\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\n\
             <text class=\"faint\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{words}</text>",
            bottom + 20.0,
        );
        at += 1.0;
    }
}

/// The power of ten that a time is, in microseconds.
fn power(micros: u64) -> f64 {
    f64::from(u32::try_from(micros.max(1)).unwrap_or(u32::MAX)).log10()
}

fn across(power: f64, (least, most): (f64, f64)) -> f64 {
    LEFT + (RIGHT - LEFT) * (power - least) / (most - least).max(1.0)
}

/// A time for people, to the nearest tenth.
fn told(micros: u64) -> String {
    let (unit, name) = if micros < 999_950 { (1_000, "ms") } else { (1_000_000, "s") };
    let tenths = micros.saturating_add(unit / 20) / (unit / 10);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_nearest_tenth() {
        let times = [0, 2_049, 2_050, 999_949, 999_950, 5_149_999, 5_150_000];
        let words = ["0.0 ms", "2.0 ms", "2.1 ms", "999.9 ms", "1.0 s", "5.1 s", "5.2 s"];
        assert_eq!(times.map(told), words);
    }
}
