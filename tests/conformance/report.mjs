// What of the suite holds, beside what is expected to, and docs/conformance.md.
//   node report.mjs [--write] DIRECTORY STORE…
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import suites from 'http-cache-tests/tests/index.mjs'
import surrogate from 'http-cache-tests/tests/surrogate-control.mjs'

import { page } from './page.mjs'
import { kinds, verdict } from './verdict.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const expectedFile = path.join(here, 'expected.json')
const pageFile = path.join(here, '../../docs/conformance.md')

// What the command line of the suite runs: everything but what is for browsers.
const all = [...suites, surrogate]
const tests = all.flatMap(suite => suite.tests).filter(test => test.browser_only !== true)

const readJson = file => JSON.parse(fs.readFileSync(file, 'utf8'))

function judgeStore (store, results) {
  const failing = new Map()
  console.log(`\n${store}`)
  for (const kind of kinds) {
    const ofKind = tests.filter(test => (test.kind ?? 'required') === kind)
    const not = ofKind.filter(test => !verdict(tests, test, results).holds)
    console.log(`  ${kind} ${ofKind.length - not.length}/${ofKind.length}`)
    for (const test of not) {
      const { message } = verdict(tests, test, results)
      console.log(`    ${test.id}: ${message}`)
      failing.set(test.id, { kind, message })
    }
  }
  return failing
}

// The list is one for all stores: what differs between them is a fault of ours. No answer to a
// `check` is wrong, so a "no" needs no reason; but it is not to change unnoticed either.
function compare (store, failing, expected) {
  const listed = new Set([...Object.keys(expected.exceptions), ...expected.no])
  const faults = []
  for (const [id, { message }] of failing) {
    if (!listed.has(id)) faults.push(`${id} does not hold with ${store}: ${message}`)
  }
  for (const id of listed) {
    if (!failing.has(id)) faults.push(`${id} holds with ${store}: take it out of expected.json`)
  }
  for (const [id, reason] of Object.entries(expected.exceptions)) {
    if (!reason) faults.push(`${id} is in expected.json without a reason`)
  }
  return faults
}

function writeExpected (failing, expected) {
  const all = new Map(Object.values(failing).flatMap(one => [...one]))
  const ids = [...all.keys()].sort()
  const list = {
    exceptions: Object.fromEntries(ids.filter(id => all.get(id).kind !== 'check')
      .map(id => [id, expected.exceptions[id] ?? ''])),
    no: ids.filter(id => all.get(id).kind === 'check')
  }
  fs.writeFileSync(expectedFile, JSON.stringify(list, null, 2) + '\n')
  return list
}

async function main (args) {
  const write = args[0] === '--write'
  const [directory, ...stores] = write ? args.slice(1) : args
  let expected = readJson(expectedFile)
  const results = {}
  const failing = {}
  for (const store of stores) {
    results[store] = readJson(path.join(directory, `${store}.json`))
    failing[store] = judgeStore(store, results[store])
  }
  if (write) {
    expected = writeExpected(failing, expected)
    fs.mkdirSync(path.dirname(pageFile), { recursive: true })
    fs.writeFileSync(pageFile, await page(all, tests, results, expected.exceptions))
  }
  const faults = stores.flatMap(store => compare(store, failing[store], expected))
  for (const fault of new Set(faults)) console.log(`FAULT: ${fault}`)
  process.exitCode = faults.length > 0 ? 1 : 0
}

await main(process.argv.slice(2))
