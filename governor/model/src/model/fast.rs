//! A hash that is quick and the same in every run. Nothing hostile is hashed here.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// One multiplication per word (the "Fx" hash of Firefox and rustc).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fast(u64);

/// A map with that hash.
pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<Fast>>;

impl Fast {
    const SEED: u64 = 0x517c_c1b7_2722_0a95;

    const fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(Self::SEED);
    }
}

impl Hasher for Fast {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.mix(u64::from(n));
    }

    fn write_u16(&mut self, n: u16) {
        self.mix(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.mix(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.mix(n);
    }

    fn finish(&self) -> u64 {
        // The low bits choose the slot, and multiplication leaves the best ones on top.
        self.0 ^ (self.0 >> 29)
    }
}
