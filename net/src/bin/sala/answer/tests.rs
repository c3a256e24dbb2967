//! Answers as a person reads them.
#![cfg(test)]

mod rows;
