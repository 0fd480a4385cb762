//! For how long an import is billed, against how much of what the vendor offered it used.

use super::svg::{WIDTH, ceiling, circle, grouped, line, paper, text};

/// Where the plane begins and ends, in pixels from the left and from the top.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 376.0;
/// Where those stand that have no limit.
const UNLIMITED: f64 = 690.0;
/// From a dot to its words.
const GAP: f64 = 12.0;
/// Words of dots further right stand left of them, in percent.
const TURNS_AT: f64 = 75.0;
const STEPS: u32 = 5;

/// What one import came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Billed {
    /// The store and its plan.
    pub name: String,
    /// How much of what the vendor offered was used, in percent; `None` where there is no limit.
    pub used_percent: Option<f64>,
    /// For how long invocations ran, when long waits were parked, in seconds.
    pub parked_s: f64,
    /// The same, had they slept through all waits.
    pub slept_s: f64,
}

/// Draws imports of so many products: a dot each for parked and for slept through.
pub fn billed_time(imports: &[Billed], products: u64) -> String {
    let products = grouped(products);
    let most = imports.iter().flat_map(|import| [import.parked_s, import.slept_s]);
    let top_s = ceiling(most.fold(1.0, f64::max));
    let mut svg = paper(&format!(
        "Billed time of an import of {products} products against the share of the plan's budget \
         that it used"
    ));
    let title = format!("{products} products, billed seconds");
    text(&mut svg, "title", "start", (LEFT, 24.0), &title);
    axes(&mut svg, top_s);
    legend(&mut svg);
    for import in imports {
        dots(&mut svg, import, top_s);
    }
    svg.push_str("</svg>\n");
    svg
}

fn across(percent: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * percent / 100.0
}

fn up(seconds: f64, top_s: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * seconds / top_s
}

fn axes(svg: &mut String, top_s: f64) {
    for step in 0..=STEPS {
        let share = f64::from(step) / f64::from(STEPS);
        let (x, y) = (across(share * 100.0), up(share * top_s, top_s));
        line(svg, "rule", (LEFT, y), (WIDTH - 24.0, y));
        text(svg, "faint", "end", (LEFT - 8.0, y + 4.0), &format!("{:.0}", share * top_s));
        text(svg, "faint", "middle", (x, BOTTOM + 20.0), &format!("{:.0} %", share * 100.0));
    }
    line(svg, "rule", (LEFT, TOP), (LEFT, BOTTOM));
    text(svg, "faint", "middle", (UNLIMITED, BOTTOM + 20.0), "no limit");
    let middle = f64::midpoint(LEFT, RIGHT);
    text(svg, "faint", "middle", (middle, BOTTOM + 44.0), "of the plan's budget was used");
}

fn legend(svg: &mut String) {
    for (class, x, words) in
        [("parked", LEFT, "long waits parked"), ("slept", LEFT + 170.0, "all waits slept through")]
    {
        circle(svg, class, (x + 6.0, 44.0));
        text(svg, "", "start", (x + 20.0, 48.0), words);
    }
}

fn dots(svg: &mut String, import: &Billed, top_s: f64) {
    let x = import.used_percent.map_or(UNLIMITED, across);
    let (parked, slept) = (up(import.parked_s, top_s), up(import.slept_s, top_s));
    line(svg, "span", (x, parked), (x, slept));
    circle(svg, "slept", (x, slept));
    circle(svg, "parked", (x, parked));
    let middle = f64::midpoint(parked, slept);
    let (anchor, at) = match import.used_percent {
        None => ("middle", (x, slept - 28.0)),
        Some(percent) if percent > TURNS_AT => ("end", (x - GAP, middle - 4.0)),
        Some(_) => ("start", (x + GAP, middle - 4.0)),
    };
    text(svg, "", anchor, at, &import.name);
    let seconds = format!("{:.1} s, slept {:.1} s", import.parked_s, import.slept_s);
    text(svg, "faint", anchor, (at.0, at.1 + 16.0), &seconds);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_import_stands_at_its_share_and_its_seconds() {
        let import = |name: &str, used_percent, parked_s, slept_s| Billed {
            name: name.to_owned(),
            used_percent,
            parked_s,
            slept_s,
        };
        let imports = [import("A & B", Some(50.0), 50.0, 100.0), import("C", None, 1.0, 2.0)];
        let svg = billed_time(&imports, 10_000);
        assert!(svg.contains("10,000 products"));
        assert!(svg.contains("A &amp; B") && svg.contains("50.0 s, slept 100.0 s"));
        let middle = f64::midpoint(LEFT, RIGHT);
        assert!(svg.contains(&format!("class=\"slept\" cx=\"{middle:.1}\" cy=\"{TOP:.1}\"")));
        let half = f64::midpoint(TOP, BOTTOM);
        assert!(svg.contains(&format!("class=\"parked\" cx=\"{middle:.1}\" cy=\"{half:.1}\"")));
        assert!(svg.contains(&format!("cx=\"{UNLIMITED:.1}\"")));
    }
}
