// What axe-core finds in docfx's template, mended here rather than in a copy of its pages. Its own scripts add to a page as it loads, so what
// comes later is mended when it appears.
const attributes = [
  ['#logo', { alt: '' }],   // the name stands beside it
  ['#autocollapse', { 'aria-label': 'Site' }],
  ['#breadcrumb', { 'aria-label': 'Breadcrumb' }],
  ['#toc', { 'aria-label': 'Table of contents' }],
  ['#affix', { 'aria-label': 'In this article' }],
  ['a[data-bs-toggle="dropdown"]', { href: '#', role: 'button' }],
  ['pre > code, .table-responsive', { tabindex: '0' }],   // so that the keyboard can scroll them
  ['#affix h5', { 'aria-level': '2' }],
  ['h1 ~ h3:not(h2 ~ h3)', { 'aria-level': '2' }],   // of a page of a namespace
]

function mend() {
  for (const [selector, values] of attributes)
    for (const element of document.querySelectorAll(selector))
      for (const name in values)
        element.setAttribute(name, values[name])
}

// The template asks for the colors of the system only as a page loads.
function followColors(dark) {
  if ((localStorage.getItem('theme') ?? 'auto') === 'auto')
    document.documentElement.setAttribute('data-bs-theme', dark.matches ? 'dark' : 'light')
}

export default {
  start() {
    mend()
    new MutationObserver(mend).observe(document.body, { childList: true, subtree: true })
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', followColors)
  },

  // A block that names no language stays plain: a guess colors commands as if they were of some other language.
  configureHljs: hljs => hljs.configure({ languages: [] }),
}
