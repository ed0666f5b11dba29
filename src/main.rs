//! The program: reads its configuration and runs the roles asked for.
fn main() {}
