// The fields of the page that hold a piece of the draft: what is in them, and how to put it there.

/** What the field holds, as the draft keeps it. */
export function valueIn(field) {
  const { kind } = field.dataset;
  if (field.type === "checkbox") return field.checked;
  if (kind === "later") return field.value === "later";
  if (kind === "integer") return field.value === "" ? "" : Number(field.value);
  if (kind === "array") return field.value.split("\n").map((one) => one.trim()).filter(Boolean);
  return field.value;
}

/** Put it there. */
export function setField(field, value) {
  const { kind } = field.dataset;
  if (field.type === "checkbox") field.checked = Boolean(value);
  else if (field.type === "radio") field.checked = (field.value === "later") === Boolean(value);
  else field.value = kind === "array" ? (value ?? []).join("\n") : (value ?? "");
}
