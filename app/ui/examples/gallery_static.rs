//! Prints the gallery as one static page, so that the components can be looked at without a server:
//! `cargo run -p ui --features ssr --example gallery_static -- [light|dark] [addresses of style and sprite's folder]`.

use leptos::prelude::*;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let theme = ui::Theme::from_name(&arguments.next().unwrap_or_default());
    let style = arguments.next().unwrap_or_else(|| "main.css".to_owned());
    let body = Owner::new().with(|| view! { <ui::gallery::GalleryInFrame/> }.to_html());
    let attribute = theme.attribute().map(|name| format!(" data-theme=\"{name}\"")).unwrap_or_default();
    println!(
        "<!doctype html><html lang=\"en\"{attribute}><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Gallery</title><link rel=\"stylesheet\" href=\"{style}\"></head><body>{body}</body></html>"
    );
}
