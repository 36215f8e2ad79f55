using Nico.SharedKernel.Fields;

namespace Nico.SharedKernel.Http;

/// <summary>
/// Where a field is in a request: steps of our own names and of positions. Only an entry of a dictionary is called what its caller calls it,
/// cut, as one step, whatever it holds.
/// </summary>
public sealed class FieldPath
{
    /// <summary>Characters that are shown of a name that the caller chose.</summary>
    public const int LongestName = 64;

    private readonly FieldPath? _parent;
    private readonly string _step;
    private readonly string _shown;

    private FieldPath(FieldPath? parent, string step, string shown) => (_parent, _step, _shown) = (parent, step, shown);

    /// <summary>A field of the request itself.</summary>
    public static FieldPath Of(string name) => new(null, name, name);

    /// <summary>A field of the object here.</summary>
    public FieldPath Field(string name) => new(this, name, "." + name);

    /// <summary>An entry of the list here.</summary>
    public FieldPath Item(int index) => new(this, FormattableString.Invariant($"{index}"), FormattableString.Invariant($"[{index}]"));

    /// <summary>An entry of the dictionary here.</summary>
    public FieldPath Entry(string key)
    {
        var name = Text.Printable(key, LongestName);
        return new(this, name, $"[\"{name}\"]");
    }

    /// <summary>The steps, outermost first.</summary>
    public IReadOnlyList<string> Steps()
    {
        List<string> steps = [];
        for (var at = this; at is not null; at = at._parent)
        {
            steps.Insert(0, at._step);
        }

        return steps;
    }

    /// <summary>Reads a path of our own making, such as <c>interfaces[0].name</c>.</summary>
    public static IReadOnlyList<string> Split(string path) =>
        path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');

    /// <summary>As a person reads it: <c>interfaces[0].name</c>, <c>labels["a.b"]</c>.</summary>
    public override string ToString()
    {
        var text = "";
        for (var at = this; at is not null; at = at._parent)
        {
            text = at._shown + text;
        }

        return text;
    }
}
