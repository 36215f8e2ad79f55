using System.Collections.Concurrent;

namespace Nico.Tests.Slices.Resilience;

/// <summary>What callers were told: of each thing that somebody asked for, whether it must be there in the end.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, Entry> _entries = [];

    public IEnumerable<Entry> Of(string kind) => _entries.Values.Where(entry => entry.Kind == kind);

    public Entry Ask(string kind, string name) => _entries[name] = new Entry { Kind = kind, Name = name };

    public Entry? Named(string name) => _entries.GetValueOrDefault(name);

    /// <summary>What is known of one thing.</summary>
    internal sealed class Entry
    {
        public required string Kind { get; init; }

        public required string Name { get; init; }

        public Guid? Id { get; set; }

        /// <summary>True: the creation was acknowledged. False: it was refused. Null: no answer came, or one that leaves it open.</summary>
        public bool? Made { get; set; }

        /// <summary>True: the deletion was acknowledged. False: none was asked for, or each was refused. Null: left open.</summary>
        public bool? Removed { get; set; } = false;

        /// <summary>A creation refused once was refused for good; so is its like for a deletion that was acknowledged.</summary>
        public bool MustBeThere => Made == true && Removed == false;

        public bool MustBeGone => Made == false || Removed == true;

        public override string ToString() => $"{Kind} {Name} {Id} (made: {Made?.ToString() ?? "open"}, removed: {Removed?.ToString() ?? "open"})";
    }
}
