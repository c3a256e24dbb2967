//! The screens of the chat, as a person sees them.

#![cfg(test)]
