mod first_run;
mod sessions;
mod sign_in;
mod throttle;
