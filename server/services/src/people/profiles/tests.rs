mod api;
mod console;
