// Opens reports in a headless browser and says what is wrong with them, as one JSON object.
//
// usage: node check.mjs CHROMIUM JOB.json
// The job: {"pages": [{"html": PATH, "text": what must be seen, "markdown": PATH or null,
//                      "valid": whether the HTML checker looks at it,
//                      "accessible": whether axe-core does, at several widths}]}
// The answer: {"pages": [{"html": PATH, "wrong": [sentences]}]}

import axe from 'axe-core';
import { HtmlValidate } from 'html-validate';
import MarkdownIt from 'markdown-it';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [, , executablePath, jobPath] = process.argv;
const job = JSON.parse(await readFile(jobPath, 'utf8'));

const validator = new HtmlValidate({
  extends: ['html-validate:standard', 'html-validate:a11y', 'html-validate:document'],
  rules: {
    // Matters of taste in the source, which nobody reads.
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    'doctype-style': ['error', { style: 'lowercase' }],
    // A scrolling region must be reachable by keyboard, so that it has a tabindex and a name.
    'no-redundant-role': 'off',
    'prefer-native-element': ['error', { exclude: ['group', 'img'] }],
    'tel-non-breaking': 'off',
    'no-inline-style': 'error',
    // Only the policy and the style sheet are ours, and both are constant.
    'require-sri': 'off',
  },
});

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const answer = { pages: [] };
const waiting = [...job.pages];
await Promise.all([1, 2, 3].map(async () => {
  const eye = await open();
  for (let page = waiting.shift(); page; page = waiting.shift()) {
    answer.pages.push({ html: page.html, wrong: await check(eye, page) });
  }
}));
await browser.close();
console.log(JSON.stringify(answer));

async function check(eye, page) {
  const wrong = [];
  const source = await readFile(page.html, 'utf8');
  if (page.valid) wrong.push(...(await valid(source)));
  wrong.push(...(await opened(eye, page)));
  if (page.markdown) wrong.push(...markdown(await readFile(page.markdown, 'utf8')));
  return wrong;
}

async function valid(source) {
  const report = await validator.validateString(source);
  const messages = report.results.flatMap((result) => result.messages);
  return messages.slice(0, 10).map((m) => `html-validate ${m.ruleId} at ${m.line}:${m.column}: ${m.message}`);
}

// A tab that notes whatever its page does: nothing may run, be asked for or leave.
async function open() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const tab = await context.newPage();
  const eye = { tab, own: '', wrong: [] };
  context.on('request', (request) => {
    if (request.url() !== eye.own) eye.wrong.push(`asked for ${request.url().slice(0, 200)}`);
  });
  tab.on('console', (message) => eye.wrong.push(`console: ${message.text().slice(0, 200)}`));
  tab.on('pageerror', (error) => eye.wrong.push(`script ran and failed: ${error.message.slice(0, 200)}`));
  tab.on('dialog', (dialog) => {
    eye.wrong.push(`a dialog opened: ${dialog.message().slice(0, 200)}`);
    return dialog.dismiss();
  });
  context.on('page', (other) => other !== tab && eye.wrong.push(`a window opened: ${other.url().slice(0, 200)}`));
  await tab.addInitScript(watch);
  return eye;
}

// Loads the page and provokes it.
async function opened(eye, page) {
  const { tab } = eye;
  const wrong = [];
  eye.own = pathToFileURL(page.html).href;
  eye.wrong = wrong;
  await tab.goto(eye.own, { timeout: 120_000 });
  wrong.push(...(await tab.evaluate(provoke)));
  if (tab.url() !== eye.own) wrong.push(`went to ${tab.url().slice(0, 200)}`);
  const shown = await tab.evaluate((text) => document.querySelector('main').textContent.includes(text), page.text);
  if (!shown) wrong.push(`does not show ${JSON.stringify(page.text.slice(0, 80))}`);
  if (page.accessible) {
    wrong.push(...(await accessible(tab)), ...(await fits(tab)));
    await tab.emulateMedia({ media: 'screen', colorScheme: 'light' });
    await tab.setViewportSize({ width: 1280, height: 800 });
  }
  return wrong;
}

// Runs in the page before anything of it: remembers what a payload would do.
function watch() {
  window.payloadRan = [];
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open', 'fetch']) {
    window[name] = (...args) => window.payloadRan.push(`${name}(${String(args[0]).slice(0, 80)})`);
  }
  document.addEventListener('securitypolicyviolation', (event) => {
    window.payloadRan.push(`the policy had to stop ${event.violatedDirective} ${event.blockedURI}`);
  });
}

// Runs in the loaded page: moves over and clicks everything, then looks at what is there.
async function provoke() {
  const wrong = [];
  const before = document.documentElement.outerHTML;
  const title = document.title;
  for (const element of document.querySelectorAll('*')) {
    for (const kind of ['mouseover', 'mouseenter', 'focus', 'error', 'load', 'toggle', 'animationstart']) {
      element.dispatchEvent(new Event(kind));
    }
  }
  await new Promise((done) => setTimeout(done, 30));
  wrong.push(...window.payloadRan.map((what) => `ran ${what}`));
  if (window.marker !== undefined) wrong.push('a payload set its marker');
  if (document.title !== title) wrong.push('the title changed');
  if (document.documentElement.outerHTML !== before) wrong.push('the page changed');
  const elements = new Set([
    'HTML', 'HEAD', 'META', 'TITLE', 'STYLE', 'BODY', 'A', 'HEADER', 'P', 'STRONG', 'DIV', 'NAV', 'OL', 'UL', 'LI',
    'MAIN', 'SECTION', 'ARTICLE', 'H1', 'H2', 'H3', 'SPAN', 'DL', 'DT', 'DD', 'TABLE', 'CAPTION', 'THEAD', 'TBODY',
    'TR', 'TH', 'TD', 'CODE', 'BLOCKQUOTE', 'FIGURE', 'FIGCAPTION', 'FOOTER', 'WBR',
    'svg', 'title', 'desc', 'g', 'rect', 'line', 'path', 'text',
  ]);
  const attributes = new Set([
    'lang', 'charset', 'http-equiv', 'content', 'name', 'class', 'href', 'id', 'aria-label', 'aria-labelledby', 'role',
    'tabindex', 'scope', 'colspan', 'viewBox', 'width', 'height', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'd', 'stroke-width',
  ]);
  let styles = 0;
  for (const element of document.querySelectorAll('*')) {
    if (!elements.has(element.tagName)) wrong.push(`holds <${element.tagName}>`);
    styles += element.tagName === 'STYLE';
    for (const attribute of element.attributes) {
      if (!attributes.has(attribute.name)) wrong.push(`holds the attribute ${attribute.name}`);
      if (attribute.name === 'href' && !attribute.value.startsWith('#')) wrong.push(`leads to ${attribute.value}`);
    }
  }
  if (styles !== 1) wrong.push(`holds ${styles} style sheets`);
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u;
  if (hidden.test(document.body.textContent)) wrong.push('holds an invisible character');
  return wrong.slice(0, 20);
}

// axe-core in both colour schemes, and at the width of a telephone.
async function accessible(tab) {
  const wrong = [];
  for (const [colorScheme, width] of [['light', 1280], ['dark', 1280], ['light', 380]]) {
    await tab.emulateMedia({ colorScheme });
    await tab.setViewportSize({ width, height: 800 });
    await tab.evaluate(axe.source);
    const result = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    for (const violation of result.violations) {
      const where = violation.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ');
      wrong.push(`axe ${violation.id} (${colorScheme}, ${width}): ${violation.help}: ${where}`);
    }
  }
  return wrong;
}

// Nothing is wider than the window or the paper.
async function fits(tab) {
  const wrong = [];
  for (const [media, width] of [['screen', 1280], ['screen', 380], ['print', 688]]) {
    await tab.emulateMedia({ media });
    await tab.setViewportSize({ width, height: 800 });
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) wrong.push(`is ${over} pixels too wide (${media}, ${width})`);
  }
  return wrong;
}

// Markdown that is read with everything switched on holds no markup that we did not write.
function markdown(source) {
  const reader = new MarkdownIt({ html: true, linkify: true });
  const own = new Set([
    'heading', 'paragraph', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'ordered_list', 'bullet_list', 'list_item',
    'inline', 'text', 'code_inline', 'softbreak', 'hardbreak', 'text_special',
  ]);
  const wrong = new Set();
  const walk = (tokens) => {
    for (const token of tokens) {
      const kind = token.type.replace(/_(open|close)$/, '');
      if (!own.has(kind)) wrong.add(`Markdown holds ${kind}: ${token.content.slice(0, 80)}`);
      if (token.children) walk(token.children);
    }
  };
  walk(reader.parse(source, {}));
  return [...wrong];
}
