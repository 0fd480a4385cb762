//! What a vendor that falls and rises gets to see, and what becomes of the jobs, with the governor and
//! without.

use super::svg::{HEIGHT, WIDTH, ceiling, field, grouped, line, paper, path, text};

const LEFT: f64 = 72.0;
const RIGHT: f64 = WIDTH - 24.0;
/// Of the upper plane, from above: its upper and its lower edge.
const CALLS: (f64, f64) = (84.0, 212.0);
/// Of the lower one.
const JOBS: (f64, f64) = (262.0, 390.0);
/// A pace is that of so many seconds.
const PACE_S: f64 = 2.0;
/// At least so many seconds lie between two that are named.
const NAMED_S: [f64; 6] = [10.0, 30.0, 60.0, 120.0, 300.0, 600.0];
/// At most so many seconds are named.
const NAMED_MAX: f64 = 9.0;

/// What became of the jobs of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// From when to when the vendor was down, in seconds since the first job was sent.
    pub outage_s: (f64, f64),
    /// Moments: the second, the calls to the vendor so far, the jobs finished so far.
    pub moments: Vec<(f64, u64, u64)>,
}

impl Course {
    fn end_s(&self) -> f64 {
        self.moments.last().map_or(0.0, |(s, ..)| *s)
    }

    /// Calls a second, at each moment.
    fn paces(&self) -> Vec<(f64, f64)> {
        let mut paces = Vec::new();
        let mut from = (0.0, 0);
        for (s, calls, _) in &self.moments {
            if s - from.0 >= PACE_S {
                let made = u32::try_from(calls - from.1).unwrap_or(u32::MAX);
                paces.push((*s, f64::from(made) / (s - from.0)));
                from = (*s, *calls);
            }
        }
        paces
    }

    fn finished(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let jobs = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        self.moments.iter().map(move |(s, _, finished)| (*s, jobs(*finished)))
    }
}

/// A plane that both runs are drawn in.
struct Plane {
    edges: (f64, f64),
    most: f64,
    end_s: f64,
}

impl Plane {
    fn at(&self, (s, value): (f64, f64)) -> (f64, f64) {
        let (top, bottom) = self.edges;
        (LEFT + (RIGHT - LEFT) * s / self.end_s, bottom - (bottom - top) * value / self.most)
    }

    fn draw(&self, svg: &mut String, title: &str, outage_s: (f64, f64)) {
        let (top, bottom) = self.edges;
        let (from, _) = self.at((outage_s.0, 0.0));
        let (to, _) = self.at((outage_s.1, 0.0));
        field(svg, "outage", (from, top), (to, bottom));
        for share in [0.0, 0.5, 1.0] {
            let value = share * self.most;
            let (_, y) = self.at((0.0, value));
            line(svg, "rule", (LEFT, y), (RIGHT, y));
            text(svg, "faint", "end", (LEFT - 8.0, y + 4.0), &rounded(value));
        }
        text(svg, "", "start", (LEFT, top - 10.0), title);
    }
}

/// A number of something as words, with its thousands apart.
fn rounded(value: f64) -> String {
    let whole = format!("{value:.0}");
    whole.parse().map_or(whole, grouped)
}

/// Draws both: above how many calls a second the vendor got, below how many jobs had finished.
pub fn tsunami(retries: &Course, governed: &Course, jobs: u32) -> String {
    let told = grouped(u64::from(jobs));
    let mut svg = paper(&format!(
        "{told} jobs meet a vendor that is down: calls a second, and jobs finished, with the governor \
         and under the queue's own retries"
    ));
    let (from_s, to_s) = retries.outage_s;
    let title = format!("{told} jobs meet a vendor that is down for {:.0} s", to_s - from_s);
    text(&mut svg, "title", "start", (LEFT, 24.0), &title);
    for (class, x, words) in [
        ("of-governed", LEFT, "with the governor"),
        ("of-retries", LEFT + 150.0, "the same import under the queue's own retries"),
    ] {
        field(&mut svg, class, (x, 40.0), (x + 12.0, 52.0));
        text(&mut svg, "", "start", (x + 18.0, 51.0), words);
    }
    let end_s = retries.end_s().max(governed.end_s()).max(1.0);
    let paces = [("retries", retries.paces()), ("governed", governed.paces())];
    let most = paces.iter().flat_map(|(_, all)| all).map(|(_, pace)| *pace).fold(1.0, f64::max);
    let calls = Plane { edges: CALLS, most: ceiling(most), end_s };
    calls.draw(&mut svg, "calls to the vendor, a second", retries.outage_s);
    for (class, all) in &paces {
        path(&mut svg, class, all.iter().map(|point| calls.at(*point)));
    }
    let finished = Plane { edges: JOBS, most: f64::from(jobs).max(1.0), end_s };
    finished.draw(&mut svg, "jobs finished", retries.outage_s);
    for (class, course) in [("retries", retries), ("governed", governed)] {
        path(&mut svg, class, course.finished().map(|point| finished.at(point)));
    }
    seconds(&mut svg, &finished);
    svg.push_str("</svg>\n");
    svg
}

fn seconds(svg: &mut String, plane: &Plane) {
    let fits = |step: &&f64| plane.end_s / **step <= NAMED_MAX;
    let step = NAMED_S.iter().find(fits).copied().unwrap_or(plane.end_s);
    let mut s = 0.0;
    while s <= plane.end_s {
        let (x, _) = plane.at((s, 0.0));
        text(svg, "faint", "middle", (x, JOBS.1 + 20.0), &format!("{s:.0} s"));
        s += step;
    }
    text(svg, "faint", "end", (RIGHT, HEIGHT - 8.0), "the vendor is down where the ground is red");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runs_stand_in_both_planes_and_the_outage_behind_them() {
        let course = |moments: &[(f64, u64, u64)]| Course {
            outage_s: (10.0, 20.0),
            moments: moments.to_vec(),
        };
        let retries = course(&[(0.0, 0, 0), (10.0, 100, 50), (40.0, 700, 50)]);
        let governed = course(&[(0.0, 0, 0), (10.0, 100, 50), (40.0, 200, 100)]);
        let svg = tsunami(&retries, &governed, 100);
        let all = format!("{RIGHT:.1},{:.1}", JOBS.0);
        let half = format!("{RIGHT:.1},{:.1}", f64::midpoint(JOBS.0, JOBS.1));
        let lines: Vec<&str> = svg.lines().filter(|line| line.starts_with("<polyline")).collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[2].contains("retries") && lines[2].contains(&half), "{}", lines[2]);
        assert!(lines[3].contains("governed") && lines[3].contains(&all), "{}", lines[3]);
        let from = LEFT + (RIGHT - LEFT) / 4.0;
        assert!(svg.contains(&format!("class=\"outage\" x=\"{from:.1}\"")), "{svg}");
        assert!(svg.contains("100 jobs meet a vendor that is down for 10 s"));
    }
}
