/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found no source of randomness on this system, one was expected: check /dev/urandom")]
pub struct NoEntropy;

/// Random bytes that nobody can guess, for keys and tokens.
///
/// # Errors
/// The system has none to give.
pub fn secret_bytes<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|aws_lc_rs::error::Unspecified| NoEntropy)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ() {
        assert_ne!(secret_bytes::<32>().unwrap(), secret_bytes::<32>().unwrap());
    }
}
