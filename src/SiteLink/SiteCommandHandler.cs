using Google.Protobuf;
using Nico.SharedKernel.Data;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink;

/// <summary>A command on its way: what it is about and what its handler works with.</summary>
public sealed record SiteCall
{
    /// <summary>The command's own id.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>The command.</summary>
    public required SiteCommand Command { get; init; }

    /// <summary>The resource's id, of a kind whose ids are UUIDs.</summary>
    public Guid Id => Guid.Parse(Command.ResourceId);

    /// <summary>The site's controller. Every call has the link's deadline; failures are thrown as <c>RpcException</c>.</summary>
    public required Forge.ForgeClient Core { get; init; }

    /// <summary>The database: without a transaction while the site is called, in the outcome's transaction afterwards.</summary>
    public required Db Db { get; init; }
}

/// <summary>Why a site will not do what it was asked to.</summary>
/// <param name="Status">The HTTP status that the refusal means (00, section 7.1).</param>
/// <param name="Reason">The site's own words.</param>
/// <param name="RequestWaits">
/// True while the request that ordered it still waits: the change is to be undone without trace, and the caller gets
/// <paramref name="Status"/>. False later: the resource shows <c>Error</c> with the reason in its history.
/// </param>
public sealed record SiteRefusal(int Status, string Reason, bool RequestWaits);

/// <summary>What a read-back found after an answer that was not plain.</summary>
/// <param name="Done">True when the command has had its effect: the object is there (create), or gone (delete).</param>
/// <param name="Answer">The object as the site has it, where there is one.</param>
public readonly record struct SiteReadBack(bool Done, IMessage? Answer = null);

/// <summary>
/// How a module carries out one operation on one kind of resource at a site: registered by both, and made anew in the scope of each call.
/// </summary>
public abstract class SiteCommandHandler
{
    /// <summary>The HTTP status of a site's last word that it has nothing left of what this needs.</summary>
    public virtual int ExhaustedStatus => 400;

    /// <summary>
    /// Builds the payload from the row as it is now and makes the one call. Null when there is nothing to send any more (the
    /// row is gone).
    /// </summary>
    public abstract Task<IMessage?> Send(SiteCall call, CancellationToken ct);

    /// <summary>
    /// Asks the site whether the command has had its effect: after a refusal or an ambiguous failure, before any verdict
    /// (60, section 5.3).
    /// </summary>
    public abstract Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct);

    /// <summary>
    /// Records success, in the transaction that closes the command. <paramref name="answer"/> is what <see cref="Send"/> or
    /// <see cref="ReadBack"/> returned; null when the site was never called.
    /// </summary>
    public abstract Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct);

    /// <summary>Records a final refusal, in the transaction that closes the command.</summary>
    public abstract Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct);

    /// <summary>
    /// Puts the row back to where it was before a refusal, in the transaction in which an operator has the dead command tried
    /// again; throws a <see cref="SharedKernel.Problem"/> when what it needs is no longer to be had.
    /// </summary>
    public abstract Task Retried(SiteCall call, CancellationToken ct);
}
