throw new Error('cannot load its settings');
