namespace Nico.SharedKernel.Lists;

/// <summary>What <c>includeRelation</c> may name and what was asked for.</summary>
public static class Relations
{
    /// <summary>True when <paramref name="asked"/> holds <paramref name="relation"/>.</summary>
    public static bool Has<TRelation>(this IReadOnlyList<TRelation> asked, TRelation relation)
        where TRelation : struct, Enum => asked.Contains(relation);

    /// <summary>The distinct ids of a page's rows, for one lookup of all their relations.</summary>
    public static Guid[] Ids<T>(this IEnumerable<T> rows, Func<T, Guid?> id) => [.. rows.Select(id).OfType<Guid>().Distinct()];
}
