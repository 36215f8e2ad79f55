using Google.Protobuf;
using Grpc.Core;
using Nico.SiteProtocol.Frames;

namespace Nico.SiteProtocol.Forge;

public static partial class Forge
{
    /// <summary>The controller's call <c>FindMachinesByIds</c>, whose answer is taken apart no further than into one piece for each machine.</summary>
    public static Method<MachinesByIdsRequest, MachineFrames> FindMachineFramesByIds { get; } = new(
        MethodType.Unary,
        "forge.Forge",
        "FindMachinesByIds",
        Marshallers.Create(
            (request, context) => Write(request, context), context => MachinesByIdsRequest.Parser.ParseFrom(context.PayloadAsReadOnlySequence())),
        Marshallers.Create((frames, context) => Write(frames, context), context => MachineFrames.Parser.ParseFrom(context.PayloadAsReadOnlySequence())));

    private static void Write(IMessage message, SerializationContext context)
    {
        context.SetPayloadLength(message.CalculateSize());
        message.WriteTo(context.GetBufferWriter());
        context.Complete();
    }

    public partial class ForgeClient
    {
        /// <summary>The machines with these ids, as bytes.</summary>
        public AsyncUnaryCall<MachineFrames> FindMachineFramesByIdsAsync(MachinesByIdsRequest request, CancellationToken cancellationToken) =>
            CallInvoker.AsyncUnaryCall(FindMachineFramesByIds, null, new CallOptions(cancellationToken: cancellationToken), request);
    }
}
