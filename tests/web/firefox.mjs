/**
 * Firefox at the label page, by WebDriver BiDi: `node firefox.mjs PROGRAM SIGN-IN-LINK ADDRESS`.
 *
 * Tags three images by keyboard in the project `pets`, draws a box in `boxes`, reloads, and prints
 * what the page complained about.
 */

import puppeteer from "puppeteer-core";

const [executablePath, link, address] = process.argv.slice(2);
const complaints = [];
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, args: ["--width=1280", "--height=800"] });

const shown = (page) => page.waitForSelector(".stage-canvas img").then((image) => image.evaluate(({ src }) => src));

async function opened(path) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(address + path);
  await shown(page);
  return page;
}

async function saved(page) {
  await page.waitForFunction(() => document.getElementById("saved").textContent === "✓ Saved");
}

async function tag(page, keys) {
  for (const key of keys) {
    const before = await shown(page);
    await page.keyboard.press(key);
    await page.waitForFunction((src) => document.querySelector(".stage-canvas img")?.src !== src, {}, before);
  }
  await saved(page);
}

async function draw(page) {
  await page.waitForSelector(".a9s-annotationlayer");
  const frame = await (await page.$(".stage-canvas")).boundingBox();
  const at = (x, y) => [frame.x + x * frame.width, frame.y + y * frame.height];
  await page.mouse.move(...at(0.25, 0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.5, 0.5), { steps: 8 });
  await page.mouse.move(...at(0.75, 0.75), { steps: 8 });
  await page.mouse.up();
  await page.waitForSelector(".object");
  await page.keyboard.press("2");
  await tag(page, ["Enter"]);
}

try {
  await (await browser.newPage()).goto(link);
  await tag(await opened("/projects/pets/label"), ["1", "2", "3"]);
  await draw(await opened("/projects/boxes/label"));
  console.log(JSON.stringify({ version: await browser.version(), complaints }));
} finally {
  await browser.close();
}
