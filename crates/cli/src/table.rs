//! Aligned columns for people.

use flyball_governor::UnixMillis;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

const GAP: &str = "  ";

/// A moment as people and machines read it.
pub(crate) fn moment(at: UnixMillis) -> String {
    flyball_domain::UnixMillis(at.0).to_rfc3339()
}

/// `text` in exactly `width` columns: padded, or cut with an ellipsis. Control characters, which
/// could draw anywhere, become spaces.
pub(crate) fn cell(text: &str, width: usize) -> String {
    let text: String =
        text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let mut cell = if text.width() <= width { text } else { cut(&text, width) };
    let missing = width.saturating_sub(cell.width());
    cell.extend(core::iter::repeat_n(' ', missing));
    cell
}

fn cut(text: &str, width: usize) -> String {
    let room = width.saturating_sub(1);
    let mut used = 0_usize;
    let mut cut = String::new();
    for sign in text.chars() {
        used = used.saturating_add(sign.width().unwrap_or(0));
        if used > room {
            break;
        }
        cut.push(sign);
    }
    cut.push('…');
    cut
}

/// A line of cells of these widths.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = (&'a str, usize)>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|(text, width)| cell(text, width)).collect();
    cells.join(GAP).trim_end().to_owned()
}

/// Lines of cells under their names, each column as wide as its widest cell, at most `width_max`.
pub(crate) fn table<const N: usize>(
    names: [&str; N],
    rows: &[[String; N]],
    width_max: usize,
) -> Vec<String> {
    let mut widths = names.map(str::width);
    for cells in rows {
        for (width, text) in widths.iter_mut().zip(cells) {
            *width = (*width).max(text.width()).min(width_max);
        }
    }
    let line = |cells: [&str; N]| row(cells.into_iter().zip(widths));
    let body = rows.iter().map(|cells| line(cells.each_ref().map(String::as_str)));
    core::iter::once(line(names)).chain(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_its_width_whatever_is_in_it() {
        for text in [
            "",
            "mug",
            "a mug that is far too long",
            "茶碗茶碗茶碗茶碗",
            "🏺🏺🏺🏺🏺🏺",
            "a\u{1b}[31m\nb",
        ] {
            let cell = cell(text, 10);
            assert_eq!(cell.width(), 10, "{text:?}");
            assert!(!cell.contains(char::is_control), "{text:?}");
        }
        assert_eq!(cell("a long title", 6), "a lon…");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["blue-mug".to_owned(), "7".to_owned()], ["red".to_owned(), "42".to_owned()]];
        assert_eq!(
            table(["ACCOUNT", "N"], &rows, 20),
            ["ACCOUNT   N", "blue-mug  7", "red       42"]
        );
    }
}
