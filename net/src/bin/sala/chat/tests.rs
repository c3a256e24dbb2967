//! The chat as a person meets it: keys in, pictures out.
#![cfg(test)]

mod desk;
mod pictures;
mod people;
mod typing;
mod doing;
mod slips;
