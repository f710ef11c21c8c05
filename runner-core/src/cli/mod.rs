//! Arguments → [`Request`](crate::request::Request), and what a terminal shows.
