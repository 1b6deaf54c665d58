// Opens pages of a report from files in Chromium and prints, as JSON, what axe-core and the layout say of each.
// node report_in_browser.js CHROMIUM REPORT PAGE...
"use strict";
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

(async () => {
  const [executablePath, report, ...pages] = process.argv.slice(2);
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath, args });
  const found = [];
  for (const [width, colorScheme] of [[1280, "light"], [320, "dark"]]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    for (const name of pages) {
      const page = await context.newPage();
      const problems = [], asked = [];
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) asked.push(request.url()); });
      await page.goto(`file://${report}/${name}`);
      if (name.startsWith("quotes")) await page.waitForSelector("#q-list li");
      const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      const shown = await page.evaluate(() => document.querySelectorAll("#q-list li").length);
      await page.addScriptTag({ path: axe });
      const judged = await page.evaluate(() => axe.run(document, { preload: false }));
      const violations = judged.violations.map((rule) => `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.target).join(", ")}`);
      found.push({ name, width, problems, asked, loaded, beyond, shown, violations });
      await page.close();
    }
    await context.close();
  }
  await browser.close();
  console.log(JSON.stringify(found));
})();
