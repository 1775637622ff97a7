/**
 * Firefox at the label page, by WebDriver BiDi: `node firefox.mjs PROGRAM SIGN-IN-LINK ADDRESS`.
 *
 * Tags images by keyboard in the project `pets`, some of them and a reload while the server is
 * down; checks proposals in a grid in `checked`, draws a box in `boxes` and an outline in
 * `outlines`. Says `stop` and `start` where the server is to be so, and goes on when a line comes;
 * the last line is what the page complained about.
 */

import { once } from "node:events";
import puppeteer from "puppeteer-core";

const [executablePath, link, address] = process.argv.slice(2);
const complaints = [];
/** Whether the server is down: what Firefox then says of lost requests is no complaint of the page's. */
let down = false;
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, args: ["--width=1280", "--height=800"] });

/** Have the server stopped or started, and wait until it is. */
async function have(what) {
  console.log(what);
  await once(process.stdin, "data");
}

const shown = (page) => page.waitForSelector(".stage-canvas img").then((image) => image.evaluate(({ src }) => src));
const saved = (page, text = "✓ Saved") => page.waitForFunction((wanted) => document.getElementById("saved").textContent === wanted, {}, text);

async function opened(path, wait = ".stage-canvas img") {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  const complain = (text) => down || complaints.push(text);
  page.on("pageerror", (error) => complain(error.message));
  page.on("console", (message) => message.type() === "error" && complain(message.text()));
  await page.goto(address + path);
  await page.waitForSelector(wait);
  return page;
}

async function tag(page, keys) {
  for (const key of keys) {
    const before = await shown(page);
    await page.keyboard.press(key);
    await page.waitForFunction((src) => document.querySelector(".stage-canvas img")?.src !== src, {}, before);
  }
}

/** Wait until a reload would come up without a server. */
async function kept(page) {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.waitForFunction(async () => {
    const found = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
    const urls = found.flat();
    return urls.some((url) => url.endsWith("/projects/pets/label")) && urls.filter((url) => url.endsWith("/screen")).length > 6;
  });
  await new Promise((done) => setTimeout(done, 1000));
}

async function tagThroughAnOutage(page) {
  await tag(page, ["1", "2", "3"]);
  await saved(page);
  await kept(page);
  down = true;
  await have("stop");
  await tag(page, ["3", "2"]);
  await saved(page, "2 not sent yet");
  await page.reload();
  await shown(page);
  await tag(page, ["1"]);
  await saved(page, "3 not sent yet");
  await have("start");
  await saved(page);
  down = false;
}

async function check(page) {
  await page.keyboard.press("b");
  await page.waitForSelector(".gtile.wrong");
  await page.keyboard.press("2");
  await page.keyboard.press("Enter");
  await saved(page);
  await page.waitForSelector("#finished:not([hidden])");
}

async function places(page) {
  await page.waitForSelector(".a9s-annotationlayer");
  const frame = await (await page.$(".stage-canvas")).boundingBox();
  return (x, y) => [frame.x + x * frame.width, frame.y + y * frame.height];
}

async function send(page) {
  await page.waitForSelector(".object");
  await page.keyboard.press("2");
  await tag(page, ["Enter"]);
  await saved(page);
}

async function drawBox(page) {
  const at = await places(page);
  await page.mouse.move(...at(0.25, 0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.5, 0.5), { steps: 8 });
  await page.mouse.move(...at(0.75, 0.75), { steps: 8 });
  await page.mouse.up();
  await send(page);
}

async function drawOutline(page) {
  const at = await places(page);
  for (const [x, y] of [[0.25, 0.25], [0.75, 0.25], [0.5, 0.75]]) await page.mouse.click(...at(x, y));
  await page.keyboard.press("Enter");
  await send(page);
}

try {
  await (await browser.newPage()).goto(link);
  await check(await opened("/projects/checked/label", ".gtile"));
  await drawBox(await opened("/projects/boxes/label"));
  await drawOutline(await opened("/projects/outlines/label"));
  await tagThroughAnOutage(await opened("/projects/pets/label"));
  console.log(JSON.stringify({ version: await browser.version(), complaints }));
} finally {
  process.stdin.destroy();
  await browser.close();
}
