// Beacon on the demo page.

export const REASONS = { another_photo: "it asks for another photo" };

export function isOver(data) {
  return data === "check.over";
}
