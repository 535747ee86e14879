// docs/conformance.md: our results beside those of other caches that the suite ships.
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { count, kinds, verdict } from './verdict.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const suite = path.join(here, 'node_modules/http-cache-tests')
const { version } = createRequire(import.meta.url)('http-cache-tests/package.json')
const storeNames = { memory: 'Warmfront, memory', redis: 'Warmfront, Redis' }

// Browsers are private caches, which the RFC asks other things of.
async function others () {
  const { default: index } = await import('http-cache-tests/results/index.mjs')
  return index.filter(one => one.type !== 'browser').map(one => ({
    name: `${one.name} ${one.version.split(/[-+]/)[0]}`.replace(' 06', ' (2019)'),
    results: JSON.parse(fs.readFileSync(path.join(suite, 'results', one.file), 'utf8'))
  }))
}

const row = cells => `| ${cells.join(' | ')} |`
const plain = text => text.replaceAll('|', '\\|').replace(/\]\(http[^)]*\)/g, '').replaceAll('[', '')
const total = (tests, results, kind) => {
  const { holding, all } = count(tests, results, kind)
  return `${holding}/${all}`
}

function totals (tests, columns) {
  const lines = [row(['', ...kinds]), row(['---', ...kinds.map(() => '---:')])]
  for (const column of columns) {
    lines.push(row([column.name, ...kinds.map(kind => total(tests, column.results, kind))]))
  }
  return lines
}

// Required and optimal together, by chapter of the suite.
function chapters (suites, tests, columns) {
  const lines = [
    row(['', ...columns.map(column => column.name)]),
    row(['---', ...columns.map(() => '---:')])
  ]
  for (const suite of suites) {
    const ours = suite.tests.filter(test => tests.includes(test) && test.kind !== 'check')
    if (ours.length === 0) continue
    const cells = columns.map(({ results }) => {
      const holding = ours.filter(test => verdict(tests, test, results).holds)
      return `${holding.length}/${ours.length}`
    })
    lines.push(row([suite.name, ...cells]))
  }
  return lines
}

function exceptions (tests, expected) {
  const lines = []
  for (const kind of ['required', 'optimal']) {
    const listed = tests.filter(test => (test.kind ?? 'required') === kind && test.id in expected)
    if (listed.length === 0) continue
    lines.push(`### ${kind}`, '')
    for (const test of listed) lines.push(`* \`${test.id}\`: ${expected[test.id]}`)
    lines.push('')
  }
  return lines
}

// What the suite merely asks about: a yes or a no, neither of them wrong.
function answers (tests, results) {
  const lines = [row(['asked', 'answer']), row(['---', '---'])]
  for (const test of tests.filter(test => test.kind === 'check')) {
    const judged = verdict(tests, test, results)
    const answer = judged.holds ? 'yes' : judged.message.startsWith('rests on') ? '-' : 'no'
    lines.push(row([plain(test.name), answer]))
  }
  return lines
}

export async function page (suites, tests, results, expected) {
  const ours = Object.keys(results).map(store => ({
    name: storeNames[store],
    results: results[store]
  }))
  const columns = [...ours, ...await others()]
  const decisions = fs.readFileSync(path.join(here, 'decisions.md'), 'utf8').trimEnd()
  return [
    '# Conformance',
    '',
    '<!-- Written by tests/conformance/run.sh --write; the words in between are in',
    '     tests/conformance/decisions.md and tests/conformance/expected.json. -->',
    '',
    `The public suite for HTTP caches, npm package \`http-cache-tests\` ${version}, through a built`,
    'proxy: once on memory alone, once with Redis while the proxy\'s own memory is off, so that every',
    'hit is Redis\'s. One route and the same few settings for every test:',
    '[memory.yaml](../tests/conformance/memory.yaml), [redis.yaml](../tests/conformance/redis.yaml).',
    '`tests/conformance/run.sh` repeats it. The other caches\' results are those that the suite',
    'ships, with their versions of that time; all are counted alike, the suite\'s own way: a test',
    'that rests on another one does not hold unless that one does.',
    '',
    ...totals(tests, columns),
    '',
    '## By chapter',
    '',
    'Required and optimal tests together.',
    '',
    ...chapters(suites, tests, columns),
    '',
    '## What does not hold, and why',
    '',
    ...exceptions(tests, expected),
    decisions,
    '',
    '## What the suite asks about',
    '',
    'No answer is wrong here. A dash: the question makes no sense after another answer.',
    '',
    ...answers(tests, ours[ours.length - 1].results),
    ''
  ].join('\n')
}
