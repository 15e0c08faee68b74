import { expect, test } from 'vitest';
import { refuseMixedRecipes } from '../../../src/pipeline/evaluate.ts';
import { EAR_2023 } from '../../../src/radiomics/profile.ts';
import { recipeDigest } from '../../../src/radiomics/recipe.ts';

const of = (digest: string) => ({ recipeDigest: digest });
const fitted = of(recipeDigest(EAR_2023, 'integer'));

test('numbers of the recipe that the model was fitted to are scored', () => {
  expect(() => refuseMixedRecipes(fitted, [fitted, fitted])).not.toThrow();
});

test.each([
  ['float32 voxels', recipeDigest(EAR_2023, 'float32')],
  ['another bin width', recipeDigest({ ...EAR_2023, binWidth: 5 }, 'integer')],
])('a time point measured with %s is refused, never compared', (_, digest) => {
  expect(() => refuseMixedRecipes(fitted, [fitted, of(digest)])).toThrow(/RECIPES_MIXED/);
  expect(() => refuseMixedRecipes(fitted, [of(digest), fitted])).toThrow(/RECIPES_MIXED/);
});
