/// What a script found in a page.
struct PageFindings: Decodable {
  /// A rectangle in pixels of the page.
  struct Box: Decodable {
    let left, top, right, bottom: Double
    var width: Double { right - left }
  }

  /// What the buttons of a table do.
  struct Sorting: Decodable {
    let isReachable: Bool
    let states: [String]
    let upwards, downwards: [Double]
  }

  let faults: [String]
  let title: String
  let innerWidth, scrollWidth: Int
  let dark: Bool
  let brokenImages, imagesWithoutText, brokenPlayers, playersWithoutName, chartsWithoutText, alerts: Int
  let requests, firstNames: [String]
  let smallestText, lowestContrast: Double
  let parts, pictures, players, charts: [Box]
  let sorted: Sorting?

  static let expression = """
    (() => {
      const all = (selector) => [...document.querySelectorAll(selector)];
      const boxes = (selector) => all(selector).map((element) => {
        const box = element.getBoundingClientRect();
        return {left: box.left, top: box.top + scrollY, right: box.right, bottom: box.bottom + scrollY};
      });
      const light = (color) => {
        const parts = color.match(/[\\d.]+/g).map(Number);
        return parts.length === 4 && parts[3] === 0 ? undefined : [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
          const part = parts[index] / 255;
          return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        }, 0);
      };
      const behind = (element) => {
        for (; element; element = element.parentElement) {
          const value = light(getComputedStyle(element).backgroundColor);
          if (value !== undefined) return value;
        }
        return 1;
      };
      const words = all('body *').filter((element) => !['SCRIPT', 'STYLE'].includes(element.tagName)
        && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
      const contrast = (element) => {
        const [a, b] = [light(getComputedStyle(element).color), behind(element)].sort((a, b) => b - a);
        return (a + 0.05) / (b + 0.05);
      };
      const measured = {
        parts: boxes('header, main > section'), pictures: boxes('img'), players: boxes('audio'), charts: boxes('svg'),
      };
      let sorted;
      const button = document.querySelectorAll('table.sortable th:not(.text) button')[0];
      if (button) {
        const header = button.closest('th');
        const values = () => all('table.sortable tbody tr').map((row) => Number(row.cells[header.cellIndex].dataset.value));
        button.focus();
        sorted = {isReachable: document.activeElement === button && button.tabIndex === 0, states: []};
        for (const name of ['upwards', 'downwards']) {
          button.click();
          sorted.states.push(header.getAttribute('aria-sort'));
          sorted[name] = values();
        }
      }
      return {
        ...measured, sorted, faults, title: document.title, innerWidth, dark: matchMedia('(prefers-color-scheme: dark)').matches,
        scrollWidth: document.documentElement.scrollWidth,
        brokenImages: all('img').filter((image) => !image.complete || image.naturalWidth === 0).length,
        imagesWithoutText: all('img').filter((image) => !image.alt).length,
        brokenPlayers: all('audio').filter((player) => player.error || !(player.duration > 0)).length,
        playersWithoutName: all('audio').filter((player) => !player.getAttribute('aria-label') || !player.controls).length,
        chartsWithoutText: all('svg').filter((chart) => !chart.closest('[role=img]')?.getAttribute('aria-label')).length,
        alerts: all('script').filter((script) => script.text === 'alert(1)').length,
        requests: performance.getEntriesByType('resource').map((entry) => entry.name)
          .filter((name) => !name.startsWith('data:')),
        firstNames: all('h3').map((element) => element.textContent),
        smallestText: Math.min(...words.map((element) => parseFloat(getComputedStyle(element).fontSize))),
        lowestContrast: Math.min(...words.map(contrast)),
      };
    })()
    """
}
