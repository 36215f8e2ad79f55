namespace Nico.SharedKernel.Lists;

/// <summary>One page of a list and the number of all matches.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, long Total)
{
    /// <summary>The same page in another shape.</summary>
    public Page<TOther> Select<TOther>(Func<T, TOther> shape) => new([.. Items.Select(shape)], Total);
}

/// <summary>Which page of a list: numbers from 1, sizes from 1 to 100.</summary>
public readonly record struct PageRequest(int Number, int Size)
{
    /// <summary>Rows to leave out before the page.</summary>
    public long Offset => (Number - 1L) * Size;
}
