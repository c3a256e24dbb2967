//! The grammar as it must be.
#![cfg(test)]

mod acts;
