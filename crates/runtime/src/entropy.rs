use flyball_governor::Entropy;

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

/// The system's randomness.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn next_u64(&self) -> u64 {
        let Ok(bytes) = secret_bytes() else {
            // Two workers with equal nonces would hold one slot together. AWS-LC itself aborts
            // when the system's randomness fails.
            std::process::abort();
        };
        u64::from_ne_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ() {
        let drawn: std::collections::BTreeSet<u64> =
            (0..64).map(|_| SystemEntropy.next_u64()).collect();
        assert_eq!(drawn.len(), 64);
        assert_ne!(secret_bytes::<32>().unwrap(), secret_bytes::<32>().unwrap());
    }
}
