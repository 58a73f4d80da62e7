// Drives the page of examples/browser in real browsers, by its keyboard and its roles, and keeps a screenshot of each.
// Names as arguments choose browsers: `node .ci/runtimes/demo.mjs chromium`.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as playwright from 'playwright'
import { serve } from '../../examples/browser/server.mjs'
import { launches } from './browsers.mjs'
import { root } from './suites.mjs'

const pictures = join(root, 'node_modules/.cache/runtimes/screenshots')
const LIMIT = 30_000

/** Goes through the page once; throws what is wrong. */
export async function tryDemo(name) {
  mkdirSync(pictures, { recursive: true })
  const { engine, options } = launches[name]
  const browser = await playwright[engine].launch({ headless: true, ...options })
  try {
    await dines(await browser.newPage({ viewport: { width: 1000, height: 900 } }), name)
    await isToldWhatIsMissing(await browser.newPage())
  } finally {
    await browser.close()
  }
}

async function dines(page, name) {
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  const { url, close } = await serve()
  try {
    await page.goto(url)
    const status = page.locator('#status')
    const meals = async () => {
      const cells = await page.locator('#rows td:nth-child(3)').allTextContents()
      return cells.map(Number)
    }
    const every = (test) =>
      page.waitForFunction(
        (least) =>
          [...document.querySelectorAll('#rows td:nth-child(3)')].every(
            (cell) => Number(cell.textContent) >= least,
          ),
        test,
        { timeout: LIMIT },
      )

    await page.getByRole('slider', { name: 'Pace' }).fill('40')
    await page.getByRole('button', { name: 'Start' }).focus()
    await page.keyboard.press('Enter')
    await every(3) // nobody starves
    assert.equal((await meals()).length, 5)
    assert.equal(await page.getByRole('row').count(), 6)

    await page.getByLabel('How they take their forks').selectOption('chairs')
    await every(3)
    await page.screenshot({ path: join(pictures, `philosophers-${name}.png`), fullPage: true })

    await page.getByLabel('How they take their forks').selectOption('left first')
    await page.waitForFunction(
      () => document.getElementById('status').textContent.startsWith('Deadlock'),
      undefined,
      {
        timeout: LIMIT,
      },
    )
    const told = (await status.textContent()) ?? ''
    assert.equal([...told.matchAll(/waits for fork \d/g)].length, 5, told)
    await page.screenshot({ path: join(pictures, `deadlock-${name}.png`), fullPage: true })

    // Stuck as they are, they can be told to leave.
    await page.getByRole('button', { name: 'Stop' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForFunction(
      () => document.getElementById('status').textContent.startsWith('They left'),
      undefined,
      {
        timeout: LIMIT,
      },
    )
    assert.deepEqual(errors, [])
  } finally {
    close()
  }
}

async function isToldWhatIsMissing(page) {
  const { url, close } = await serve({ alone: true })
  try {
    await page.goto(url)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.waitForFunction(
      () => document.getElementById('status').textContent.includes('Cross-Origin-Opener-Policy'),
      undefined,
      { timeout: LIMIT },
    )
  } finally {
    close()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(launches)
  for (const name of names) {
    await tryDemo(name)
    console.log(`${name}: the philosophers dine, deadlock, and leave`)
  }
}
