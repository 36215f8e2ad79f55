using Nico.SharedKernel.Http;

namespace Nico.SharedKernel.Lists;

/// <summary>What every paged list accepts. Source: spec/00-conventions.md, section 8.</summary>
public abstract record ListQuery
{
    /// <summary>The last page that can be asked for, whatever its size. Source: spec/01-versions.md, section 6.1.</summary>
    public const int LastPage = 21_474_836;

    /// <summary>Number of the page, from 1. Absent, empty or 0 means 1.</summary>
    [Query(ErrorKey = "PageNumber", IgnoreCase = true)]
    public int? PageNumber { get; init; }

    /// <summary>Entries a page, 1 to 100. Absent, empty or 0 means 20.</summary>
    [Query(ErrorKey = "PageSize", IgnoreCase = true)]
    public int? PageSize { get; init; }

    /// <summary>Order of the list, such as CREATED_DESC.</summary>
    [Query(ErrorKey = "OrderByStr", KeepEmpty = true, IgnoreCase = true)]
    public string? OrderBy { get; init; }

    /// <summary>The page that was asked for.</summary>
    public PageRequest Page() => new(PageNumber is null or 0 ? 1 : PageNumber.Value, PageSize is null or 0 ? 20 : PageSize.Value);

    /// <summary>The orders that this list offers. Declared by each list; also documented from it.</summary>
    public abstract ListOrder Orders();

    /// <summary>The <c>order by</c> list for SQL. Every order ends with the id, so that pages are stable.</summary>
    public string SqlOrder() => Orders().ToSql(OrderBy);
}
