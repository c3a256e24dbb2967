//! A text as a picture that a camera reads, of half blocks.

use qrcode::{Color, EcLevel, QrCode};

/// Modules around the code that stay light. The standard (ISO/IEC 18004) asks for four; cameras do with less.
pub(crate) const QUIET: usize = 2;
/// The same where there is no more room: a window of 24 rows.
pub(crate) const QUIET_MIN: usize = 1;

/// The rows of the picture, each of the same width, in which what is printed is dark: to be shown dark on light. `None`
/// if the text is too long for any code.
pub(crate) fn rows(text: &str, quiet: usize) -> Option<Vec<String>> {
    // The lowest of the levels of repair: a screen is not scratched.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let (size, modules) = (code.width(), code.to_colors());
    let dark = |x: usize, y: usize| {
        let inside = (quiet..quiet + size).contains(&x) && (quiet..quiet + size).contains(&y);
        inside && modules[(y - quiet) * size + x - quiet] == Color::Dark
    };
    let whole = size + 2 * quiet;
    let block = |x: usize, y: usize| match (dark(x, y), dark(x, y + 1)) {
        (false, false) => ' ',
        (true, false) => '▀',
        (false, true) => '▄',
        (true, true) => '█',
    };
    Some((0..whole).step_by(2).map(|y| (0..whole).map(|x| block(x, y)).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::{QUIET, QUIET_MIN, rows};

    /// The corners by which a camera finds the code, in a picture small enough for a terminal of ordinary size.
    #[test]
    fn a_code_has_its_corners_and_fits_an_ordinary_terminal() {
        let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
        let uri = sala_core::totp::uri("chat.example:7252", "alice", secret);
        // 24 rows, of which four are the header's, the rule's, the question's and the state's.
        assert!(rows(&uri, QUIET_MIN).unwrap().len() <= 20);
        let rows = rows(&uri, QUIET).unwrap();
        let letters: Vec<Vec<char>> = rows.iter().map(|row| row.chars().collect()).collect();
        assert!(letters.iter().all(|row| row.len() == letters[0].len()), "{rows:?}");
        let corner = |x: usize| letters[1][x..x + 7].iter().collect::<String>();
        assert_eq!((corner(2).as_str(), corner(letters[0].len() - 9).as_str()), ("█▀▀▀▀▀█", "█▀▀▀▀▀█"));
    }
}
