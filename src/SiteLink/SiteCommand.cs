namespace Nico.SiteLink;

/// <summary>
/// An order to a site's controller, about one resource. It is written in the transaction of the change that causes it
/// (<see cref="ISiteCommands.Enqueue"/>) and carried out exactly once in effect, however often it has to be repeated.
/// Source: spec/60-site-link.md, section 11.
/// </summary>
public sealed record SiteCommand
{
    /// <summary>The site that is to carry it out.</summary>
    public required Guid SiteId { get; init; }

    /// <summary>
    /// Kind of the resource, such as <c>vpc</c>. With <see cref="ResourceId"/> it names the lane: commands of one lane run one after another.
    /// What is ordered of a part of a resource apart from the rest has a lane of its own: <c>machine/labels</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The resource's own id, the same at the site.</summary>
    public required string ResourceId { get; init; }

    /// <summary>What is to be done.</summary>
    public required SiteOperation Operation { get; init; }

    /// <summary>
    /// What the row does not say, as JSON: a reboot's flags, a release's issue. Null where the row says everything: payloads
    /// are built when the command is dispatched, so that the newest state travels.
    /// </summary>
    public string? Arguments { get; init; }

    /// <summary>Resources at the same site whose open commands must be done before this one is sent: the VPC of a prefix.</summary>
    public IReadOnlyList<(string Kind, string ResourceId)> After { get; init; } = [];
}

/// <summary>What a command does to its resource.</summary>
public enum SiteOperation
{
    /// <summary>Makes it at the site.</summary>
    Create,

    /// <summary>Sends the row's whole present state. Replaces an update that was never sent.</summary>
    Update,

    /// <summary>Removes it. Replaces creates and updates that were never sent; then the site is not called at all.</summary>
    Delete,

    /// <summary>Restarts it; never merged with another command.</summary>
    Reboot,
}

/// <summary>Orders to sites.</summary>
public interface ISiteCommands
{
    /// <summary>
    /// Writes <paramref name="command"/> into the scope's open transaction, and arranges that the request itself carries it once
    /// that has committed and waits a short time for the answer: a final refusal within that time is undone by the command's
    /// handler and thrown as a <see cref="SharedKernel.Problem"/>; no answer in time is no error.
    /// </summary>
    Task Enqueue(SiteCommand command, CancellationToken ct);

    /// <summary>Writes the command and leaves it to the dispatcher: for what no request waits for (a tenant made known to a site).</summary>
    Task EnqueueInBackground(SiteCommand command, CancellationToken ct);
}
