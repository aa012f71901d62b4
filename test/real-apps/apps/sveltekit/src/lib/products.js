export const products = [
  { id: 'kettle', name: 'Kettle', price: 49 },
  { id: 'toaster', name: 'Toaster', price: 39 },
];
