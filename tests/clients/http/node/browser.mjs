// A Chromium that looks at one page and does what it is told, a line of JSON each:
//   {"order": "a book"}    fills in the form and sends it
//   {"wait": 3}            prints the orders that the page shows, once there are so many
import readline from "node:readline";
import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],  // as root, in a container
});
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(error));
await page.goto(process.argv[2]);

const shown = () => page.$$eval("#orders li", (lines) => lines.map((line) => line.textContent));

for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.order) {
    await page.type("#item", command.order);
    await page.click("button");
  } else {
    await page.waitForFunction((count) => document.querySelectorAll("#orders li").length >= count, { timeout: 60000 }, command.wait);
    console.log(JSON.stringify(await shown()));
  }
}
await browser.close();
