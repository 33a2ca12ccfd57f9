// What the theme leaves out for people who use a keyboard or a screen reader.
for (const caption of document.querySelectorAll('.sidebar-tree .caption')) caption.setAttribute('aria-level', '2');
document.querySelector('.sidebar-drawer')?.setAttribute('aria-label', 'Pages');
document.querySelector('.toc-drawer')?.setAttribute('aria-label', 'On this page');
for (const scrolled of document.querySelectorAll('pre, .table-wrapper')) {
  if (scrolled.scrollWidth > scrolled.clientWidth) scrolled.tabIndex = 0;
}
for (const empty of document.querySelectorAll('th')) {
  if (!empty.textContent.trim()) empty.replaceWith(document.createElement('td'));
}
