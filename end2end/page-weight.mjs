// Prints what each file of a page costs over the wire (cold cache), and the sum in bytes on the last line.
// Arguments: address of the console, email, password, path of the page.
import { chromium } from "playwright-core";

const [base, email, password, path] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext();
const page = await context.newPage();
await page.goto(`${base}/sign-in`);
await page.fill('input[name="email"]', email);
await page.fill('input[name="password"]', password);
await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/sign-in")), page.press('input[name="password"]', "Enter")]);

const client = await context.newCDPSession(page);
await client.send("Network.enable");
await client.send("Network.clearBrowserCache");
await client.send("Network.setCacheDisabled", { cacheDisabled: true });
const urls = new Map();
let total = 0;
client.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, response.url));
client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
  total += encodedDataLength;
  console.log(String(encodedDataLength).padStart(8), urls.get(requestId) ?? "");
});
await page.goto(`${base}${path}`, { waitUntil: "networkidle" });
await browser.close();
console.log(total);
