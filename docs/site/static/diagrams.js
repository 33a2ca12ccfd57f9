// Draws the diagrams of a page, anew where the reader changes from light to dark.
(() => {
  const figures = [...document.querySelectorAll('figure.diagram')];
  const texts = figures.map(figure => figure.querySelector('pre').textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => {
    const chosen = document.body.dataset.theme;
    return chosen === 'dark' || (chosen !== 'light' && dark.matches);
  };
  let drawn;
  async function draw() {
    const theme = isDark() ? 'dark' : 'default';
    if (theme === drawn || typeof mermaid === 'undefined') return;
    drawn = theme;
    mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme, sequence: { useMaxWidth: true } });
    for (const [index, figure] of figures.entries()) {
      const { svg } = await mermaid.render(`diagram-${index}`, texts[index]);
      if (theme !== drawn) return;
      figure.innerHTML = svg;
      const heading = figure.closest('section')?.querySelector('h1, h2, h3');
      const picture = figure.querySelector('svg');
      picture.setAttribute('role', 'img');
      picture.setAttribute('aria-label', `Diagram: ${heading?.firstChild.textContent.trim() ?? 'the trip'}`);
    }
  }
  new MutationObserver(draw).observe(document.body, { attributeFilter: ['data-theme'] });
  dark.addEventListener('change', draw);
  draw();
})();
